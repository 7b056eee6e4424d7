package org.sememe.analysis.steering;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.sememe.analysis.index.FeatureIndex;
import org.sememe.analysis.index.FeatureList;
import org.sememe.analysis.index.FeatureQuery;
import org.sememe.models.Forward;
import org.sememe.models.HookPlan;
import org.sememe.models.TokenBatch;
import org.sememe.tensors.TensorMemory;

/**
 * Finds features that are likely to steer visibly: those whose clamp gives the words of their label
 * most probability as the next token after some prompts. A first look, at one forward pass a
 * feature and prompt; {@link SteeringMeasure} then measures. One thread at a time.
 *
 * @param prompts token ids of each
 * @param times the clamp, in maxima
 */
public record Candidates(Steerer steerer, FeatureIndex index, List<int[]> prompts, double times) {
  private static final double LEAST_DENSITY = 1e-4;
  private static final double MOST_DENSITY = 0.01;
  private static final int LEAST_WORDS = 3;
  private static final int AT_ONCE = 32;

  /** A feature and the probability that its words gain as the next token. */
  public record Candidate(int latent, double gain) {}

  /**
   * The strongest, by falling gain.
   *
   * @param looked how many features to look at, those of the largest activations first
   * @param done hears how many looks are through, one a feature and prompt
   */
  public List<Candidate> find(int looked, int count, IntConsumer done) {
    List<FeatureList.Row> rows = rows(looked);
    List<Topic> topics = rows.stream().map(row -> Topic.of(row.topTokens().stream())).toList();
    boolean[][] wanted = wanted(topics);
    double[] gains = new double[rows.size()];
    int looks = 0;
    for (int[] prompt : prompts) {
      double[] plain = probabilities(prompt, List.of(List.of())).getFirst();
      for (int first = 0; first < rows.size(); first += AT_ONCE) {
        int end = Math.min(rows.size(), first + AT_ONCE);
        List<List<Knob>> knobs =
            rows.subList(first, end).stream().map(row -> List.of(knob(row))).toList();
        List<double[]> steered = probabilities(prompt, knobs);
        for (int i = first; i < end; i++) {
          double[] after = steered.get(i - first);
          boolean[] mine = wanted[i];
          gains[i] +=
              IntStream.range(0, after.length)
                      .filter(id -> mine[id])
                      .mapToDouble(id -> after[id] - plain[id])
                      .sum()
                  / prompts.size();
        }
        looks += end - first;
        done.accept(looks);
      }
    }
    return IntStream.range(0, rows.size())
        .mapToObj(i -> new Candidate(rows.get(i).latent(), gains[i]))
        .sorted(Comparator.comparingDouble((Candidate one) -> -one.gain()))
        .limit(count)
        .toList();
  }

  /** Rare features with several words in their label. */
  private List<FeatureList.Row> rows(int most) {
    List<FeatureList.Row> kept = new ArrayList<>();
    for (long offset = 0; kept.size() < most; offset += FeatureQuery.MOST) {
      FeatureList page =
          index.list(
              new FeatureQuery(
                  "",
                  FeatureQuery.Sort.MAX_ACTIVATION,
                  true,
                  FeatureQuery.Status.ALIVE,
                  new FeatureQuery.Range(
                      OptionalDouble.of(LEAST_DENSITY), OptionalDouble.of(MOST_DENSITY)),
                  FeatureQuery.Range.ANY,
                  offset,
                  FeatureQuery.MOST));
      if (page.features().isEmpty()) {
        break;
      }
      page.features().stream()
          .filter(row -> Topic.of(row.topTokens().stream()).words().size() >= LEAST_WORDS)
          .limit(most - kept.size())
          .forEach(kept::add);
    }
    return kept;
  }

  private Knob knob(FeatureList.Row row) {
    double value = times * row.maxActivation();
    return Knob.of(
        new Steer(row.latent(), Steer.Mode.CLAMP, value, Steer.Unit.RAW),
        value,
        steerer.direction(row.latent()));
  }

  /** Which tokens of the vocabulary each topic holds. */
  private boolean[][] wanted(List<Topic> topics) {
    int vocabulary = steerer.model().info().vocabulary();
    boolean[][] wanted = new boolean[topics.size()][vocabulary];
    for (int id = 0; id < Math.min(vocabulary, steerer.tokenizer().vocabulary()); id++) {
      String token = steerer.tokenizer().token(id);
      for (int topic = 0; topic < topics.size(); topic++) {
        wanted[topic][id] = topics.get(topic).holds(token);
      }
    }
    return wanted;
  }

  /** The next token's probabilities after the prompt, with each of some steerings. */
  private List<double[]> probabilities(int[] prompt, List<List<Knob>> knobs) {
    HookPlan plan = steerer.edits(knobs::get, false).toBuilder().lastLogits().build();
    try (PointerScope scope = new PointerScope();
        Forward forward =
            steerer.model().run(TokenBatch.of(Collections.nCopies(knobs.size(), prompt)), plan)) {
      Tensor all = forward.logits().squeeze(1).softmax(1);
      return IntStream.range(0, knobs.size())
          .mapToObj(i -> TensorMemory.doubles(all.select(0, i)))
          .toList();
    }
  }
}
