package org.sememe.analysis.steering;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.analysis.index.ExampleContext;
import org.sememe.analysis.index.FeatureIndex;
import org.sememe.models.Forward;
import org.sememe.models.HookPlan;
import org.sememe.models.TokenBatch;
import org.sememe.models.tokenizer.Tokenizer;
import org.sememe.tensors.TensorMemory;

/**
 * Sets a feature to 0 at one token at a time and reads the next-token distribution there: {@code x
 * - f d} at that token, everything before it as it is. Each such token is a sequence of its own
 * that ends there, several in one run. One thread at a time; the steerer and the index stay the
 * caller's.
 */
public final class AblationView implements AblationSource {
  private static final int MOST_TEXT = 256;
  private static final int MOST_MEASURED = 24;
  private static final int MOST_TOKENS_A_RUN = 1_024;
  private static final int SHOWN = 5;

  private final Steerer steerer;
  private final FeatureIndex index;

  /** A view. */
  public AblationView(Steerer steerer, FeatureIndex index) {
    this.steerer = steerer;
    this.index = index;
  }

  @Override
  public Ablation ablateExample(int latent, int example) {
    ExampleContext context =
        index
            .context(latent, example)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "latent " + latent + " has no example " + example));
    return ablate(latent, context.tokens(), context.from(), false);
  }

  @Override
  public Ablation ablateText(int latent, String text) {
    Tokenizer tokenizer = steerer.tokenizer();
    int[] plain = tokenizer.encodePlain(text).ids();
    if (plain.length == 0) {
      throw new IllegalArgumentException("the text has no tokens");
    }
    OptionalInt bos = tokenizer.bos();
    int[] all =
        IntStream.concat(
                bos.isPresent() ? IntStream.of(bos.getAsInt()) : IntStream.empty(),
                IntStream.of(plain))
            .toArray();
    int most = Math.min(MOST_TEXT, steerer.model().info().contextLength());
    int[] run = Arrays.copyOf(all, Math.min(all.length, most));
    return ablate(latent, run, 0, run.length < all.length);
  }

  private Ablation ablate(int latent, int[] tokens, int from, boolean truncated) {
    float[] direction = steerer.direction(latent); // refuses a latent that is not there
    String hook = steerer.sae().config().hook();
    try (PointerScope scope = new PointerScope();
        Forward clean =
            steerer
                .model()
                .run(TokenBatch.of(tokens), HookPlan.builder().capture(hook).logits().build())) {
      List<Steerer.Firing> firings =
          steerer.firings(clean.activation(hook), TokenBatch.of(tokens), latent).stream()
              .filter(firing -> firing.row() >= from)
              .toList();
      List<Steerer.Firing> strongest =
          firings.stream()
              .sorted(Comparator.comparingDouble(firing -> -Math.abs(firing.activation())))
              .limit(MOST_MEASURED)
              .sorted(Comparator.comparingInt(Steerer.Firing::row))
              .toList();
      List<Ablation.Token> shown = new ArrayList<>();
      for (int i = from; i < tokens.length; i++) {
        shown.add(new Ablation.Token(text(tokens[i]), 0, Optional.empty()));
      }
      for (Steerer.Firing firing : firings) {
        int at = firing.row() - from;
        shown.set(
            at, new Ablation.Token(shown.get(at).text(), firing.activation(), Optional.empty()));
      }
      for (int first = 0; first < strongest.size(); ) {
        int end = first + 1;
        while (end < strongest.size()
            && (end + 1 - first) * (strongest.get(end).row() + 1) <= MOST_TOKENS_A_RUN) {
          end++;
        }
        List<Steerer.Firing> some = strongest.subList(first, end);
        List<Ablation.Effect> effects = effects(tokens, clean.logits(), some, direction, hook);
        for (int i = 0; i < some.size(); i++) {
          int at = some.get(i).row() - from;
          Ablation.Token token = shown.get(at);
          shown.set(
              at,
              new Ablation.Token(token.text(), token.activation(), Optional.of(effects.get(i))));
        }
        first = end;
      }
      return new Ablation(latent, truncated, List.copyOf(shown), strongest.size(), firings.size());
    }
  }

  private List<Ablation.Effect> effects(
      int[] tokens, Tensor clean, List<Steerer.Firing> some, float[] direction, String hook) {
    List<int[]> sequences =
        some.stream().map(firing -> Arrays.copyOf(tokens, firing.row() + 1)).toList();
    HookPlan plan =
        HookPlan.builder()
            .edit(hook, (activation, batch) -> without(activation, batch, some, direction))
            .lastLogits()
            .build();
    List<Ablation.Effect> effects = new ArrayList<>();
    try (PointerScope scope = new PointerScope();
        Forward ablated = steerer.model().run(TokenBatch.of(sequences), plan)) {
      for (int i = 0; i < some.size(); i++) {
        int row = some.get(i).row();
        try (PointerScope one = new PointerScope()) {
          Tensor before = logProbabilities(clean.select(0, 0).select(0, row));
          Tensor after = logProbabilities(ablated.logits().select(0, i).select(0, 0));
          Optional<Ablation.Next> next =
              row + 1 < tokens.length
                  ? Optional.of(next(tokens[row + 1], before, after))
                  : Optional.empty();
          effects.add(
              new Ablation.Effect(next, changed(before, after, 1), changed(before, after, -1)));
        }
      }
    }
    return effects;
  }

  /** The last row of each sequence less what the feature gives there. */
  private static Tensor without(
      Tensor activation, TokenBatch batch, List<Steerer.Firing> some, float[] direction) {
    Tensor result = activation.clone();
    for (int sequence = 0; sequence < batch.sequences(); sequence++) {
      Steerer.Firing firing = some.get(sequence);
      float[] part = new float[direction.length];
      for (int i = 0; i < part.length; i++) {
        part[i] = (float) (firing.activation() * firing.outward() * direction[i]);
      }
      result
          .select(0, sequence)
          .select(0, firing.row())
          .sub_(TensorMemory.floats(part, part.length));
    }
    return result;
  }

  private Ablation.Next next(int token, Tensor before, Tensor after) {
    double was = TensorMemory.doubles(before.select(0, token))[0];
    double is = TensorMemory.doubles(after.select(0, token))[0];
    return new Ablation.Next(text(token), Math.exp(was), Math.exp(is), was - is);
  }

  /** The tokens whose probability rises ({@code sign} 1) or falls (-1) most. */
  private List<Ablation.Change> changed(Tensor before, Tensor after, int sign) {
    Tensor change = sign > 0 ? after.exp().sub(before.exp()) : before.exp().sub(after.exp());
    T_TensorTensor_T most = torch.topk(change, Math.min(SHOWN, change.size(0)), 0, true, true);
    double[] values = TensorMemory.doubles(most.get0());
    long[] ids = TensorMemory.longs(most.get1());
    List<Ablation.Change> list = new ArrayList<>();
    for (int i = 0; i < ids.length && values[i] > 0; i++) {
      list.add(
          new Ablation.Change(
              text((int) ids[i]),
              Math.exp(TensorMemory.doubles(before.select(0, ids[i]))[0]),
              Math.exp(TensorMemory.doubles(after.select(0, ids[i]))[0])));
    }
    return list;
  }

  private String text(int token) {
    Tokenizer tokenizer = steerer.tokenizer();
    return token < tokenizer.vocabulary() ? tokenizer.token(token) : "";
  }

  private static Tensor logProbabilities(Tensor logits) {
    return logits.log_softmax(0, new ScalarTypeOptional(ScalarType.Double));
  }
}
