package org.sememe.models;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.sememe.models.tokenizer.SharedVocabulary;
import org.sememe.models.tokenizer.Tokenizer;
import org.sememe.tensors.Sha256;

/**
 * Several models that read the same tokens, as one network: a hook point {@code H} of the first is
 * {@code H@1}, of the second {@code H@2}, and so on. Each row of one stands beside the row of the
 * same token in the others, as a crosscoder of several models needs it (Lindsey et al. 2024).
 *
 * <p>Activations can be captured, and nothing else: no edits, gradients or logits but those of
 * {@code logits@1}. Tokens are made by the first model's tokenizer, whose separators stand between
 * documents in all. Owns the models; several threads may run it at once.
 */
public final class SideBySide implements Network {
  private static final char MARK = '@';

  private final List<Network> models;
  private final ModelInfo info;

  private SideBySide(List<Network> models) {
    this.models = models;
    this.info = together(models.stream().map(Network::info).toList());
  }

  /**
   * Several models together, at least two.
   *
   * @param models which it takes over, and closes if they do not go together
   * @throws IllegalArgumentException if their tokenizers differ: one line that says where
   */
  public static SideBySide of(List<? extends Network> models) {
    SideBySide all = new SideBySide(List.copyOf(models));
    try {
      Network first = models.getFirst();
      for (Network other : models.subList(1, models.size())) {
        SharedVocabulary.require(
            first.info().path().toString(),
            first.tokenizer(),
            other.info().path().toString(),
            other.tokenizer());
      }
      return all;
    } catch (RuntimeException e) {
      all.close();
      throw e;
    }
  }

  /** What a hook point of the model of that number, from 0, is called here. */
  public static String named(String hook, int model) {
    return hook + MARK + (model + 1);
  }

  /** Whether a name says which model it is of. */
  public static boolean marked(String hook) {
    return hook.matches(".*" + MARK + "[1-9][0-9]*");
  }

  /** Whether {@code hook} is the hook point {@code one} of some model. */
  public static boolean marks(String one, String hook) {
    return marked(hook) && hook.substring(0, hook.lastIndexOf(MARK)).equals(one);
  }

  private static ModelInfo together(List<ModelInfo> all) {
    ModelInfo first = all.getFirst();
    return new ModelInfo(
        all.stream().map(ModelInfo::name).collect(Collectors.joining(" + ")),
        first.family(),
        first.layers(),
        first.width(),
        first.heads(),
        first.kvHeads(),
        first.headWidth(),
        first.mlpWidth(),
        first.vocabulary(),
        all.stream().mapToInt(ModelInfo::contextLength).min().orElseThrow(),
        all.stream().mapToLong(ModelInfo::parameters).sum(),
        first.ropeBase(),
        first.normEps(),
        Sha256.of(
            all.stream()
                .map(ModelInfo::sha256)
                .collect(Collectors.joining("\n"))
                .getBytes(StandardCharsets.UTF_8)),
        Path.of(all.stream().map(one -> one.path().toString()).collect(Collectors.joining("+"))));
  }

  /**
   * What the models are: names and paths joined by {@code +}, the shortest context, all weights;
   * sizes and family are the first's.
   */
  @Override
  public ModelInfo info() {
    return info;
  }

  @Override
  public Tokenizer tokenizer() {
    return models.getFirst().tokenizer();
  }

  @Override
  public List<HookPoint> hookPoints() {
    return each((model, number) -> ours(model.hookPoints(), number));
  }

  @Override
  public HookPoint hookPoint(String name) {
    Own own = own(name);
    return ours(models.get(own.model).hookPoint(own.hook), own.model);
  }

  /** As for one model; a pattern without {@code @} means the hook points of all. */
  @Override
  public List<HookPoint> hookPoints(String pattern) {
    if (!marked(pattern)) {
      return each((model, number) -> ours(model.hookPoints(pattern), number));
    }
    Own own = own(pattern);
    return ours(models.get(own.model).hookPoints(own.hook), own.model);
  }

  @FunctionalInterface
  private interface OfOne {
    List<HookPoint> points(Network model, int number);
  }

  private List<HookPoint> each(OfOne points) {
    return IntStream.range(0, models.size())
        .boxed()
        .flatMap(number -> points.points(models.get(number), number).stream())
        .toList();
  }

  private static List<HookPoint> ours(List<HookPoint> points, int number) {
    return points.stream().map(point -> ours(point, number)).toList();
  }

  private static HookPoint ours(HookPoint point, int number) {
    return new HookPoint(named(point.name(), number), point.layer(), point.width(), point.layout());
  }

  /** A hook point of one of the models, by its name there. */
  private record Own(String hook, int model) {}

  private Own own(String name) {
    int mark = name.lastIndexOf(MARK);
    int number = marked(name) ? Integer.parseInt(name, mark + 1, name.length(), 10) : 0;
    if (number < 1 || number > models.size()) {
      throw new IllegalArgumentException(
          "'%s' does not say which of %d models it is of: end it with %s to %s"
              .formatted(name, models.size(), named("", 0), named("", models.size() - 1)));
    }
    return new Own(name.substring(0, mark), number - 1);
  }

  @Override
  public Forward run(TokenBatch batch, HookPlan plan) {
    if (!plan.edited().isEmpty() || plan.recording() || plan.start().isPresent()) {
      throw new IllegalArgumentException(
          "several models side by side are only read: edits and gradients need one of them");
    }
    Map<Integer, HookPlan.Builder> plans = new LinkedHashMap<>();
    Map<String, Own> places = new LinkedHashMap<>();
    for (String hook : plan.captures()) {
      Own own = own(hook);
      places.put(hook, own);
      HookPlan.Builder one = plans.computeIfAbsent(own.model, key -> HookPlan.builder());
      one.capture(own.hook);
      if (own.hook.equals(HookPoint.LOGITS)) {
        one.logits();
      }
    }
    if (places.isEmpty() || plan.logits() != HookPlan.Logits.NONE) {
      throw new IllegalArgumentException(
          "several models side by side give activations: name a hook point, such as "
              + named(HookPoint.LOGITS, 0));
    }
    Map<Integer, Forward> runs = new LinkedHashMap<>();
    Found found = new Found(places, runs);
    try {
      plans.forEach((number, one) -> runs.put(number, models.get(number).run(batch, one.build())));
      return found;
    } catch (RuntimeException e) {
      found.close();
      throw e;
    }
  }

  /** What each model's run left. */
  private record Found(Map<String, Own> places, Map<Integer, Forward> runs) implements Forward {
    @Override
    public Set<String> hooks() {
      return new LinkedHashSet<>(places.keySet());
    }

    @Override
    public Tensor activation(String hook) {
      Own own = places.get(hook);
      if (own == null) {
        throw new IllegalArgumentException("'" + hook + "' was not captured");
      }
      return runs.get(own.model).activation(own.hook);
    }

    @Override
    public Tensor logits() {
      throw new IllegalStateException("no logits of several models: capture logits@1");
    }

    @Override
    public Tensor gradient(Tensor scalar, String hook) {
      throw new IllegalArgumentException("no gradients over several models");
    }

    @Override
    public void close() {
      runs.values().forEach(Forward::close);
    }
  }

  @Override
  public void close() {
    new ArrayList<>(models).forEach(Network::close);
  }
}
