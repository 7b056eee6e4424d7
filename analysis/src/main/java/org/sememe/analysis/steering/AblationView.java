package org.sememe.analysis.steering;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.analysis.index.ExampleContext;
import org.sememe.analysis.index.FeatureIndex;
import org.sememe.analysis.prompt.PromptTokens;
import org.sememe.models.tokenizer.Tokenizer;
import org.sememe.tensors.TensorMemory;

/**
 * Sets a feature to 0 at one token at a time and reads the next-token distribution there: {@code x
 * - f d} at that token, everything before it as it is. One thread at a time; the steerer and the
 * index stay the caller's.
 */
public final class AblationView implements AblationSource {
  private static final int MOST_TEXT = 256;
  private static final int MOST_MEASURED = 24;
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
    int most = Math.min(MOST_TEXT, steerer.model().info().contextLength());
    PromptTokens read = PromptTokens.of(steerer.tokenizer(), text, most);
    return ablate(latent, read.ids(), 0, read.truncated());
  }

  private Ablation ablate(int latent, int[] tokens, int from, boolean truncated) {
    float[] direction = steerer.direction(latent); // refuses a latent that is not there
    try (PointerScope scope = new PointerScope();
        TokenCuts text = new TokenCuts(steerer.model(), steerer.sae().config().hook(), tokens)) {
      List<Steerer.Firing> firings =
          steerer.firings(text.activation(), text.batch(), latent).stream()
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
      text.run(
          strongest.stream()
              .map(firing -> new TokenCuts.Cut(firing.row(), firing.part(direction)))
              .toList(),
          (first, logits) -> {
            for (int i = 0; i < logits.size(0); i++) {
              int row = strongest.get(first + i).row();
              Ablation.Token token = shown.get(row - from);
              Ablation.Effect effect = effect(tokens, row, text.logits(row), logits.select(0, i));
              shown.set(
                  row - from,
                  new Ablation.Token(token.text(), token.activation(), Optional.of(effect)));
            }
          });
      return new Ablation(latent, truncated, List.copyOf(shown), strongest.size(), firings.size());
    }
  }

  private Ablation.Effect effect(int[] tokens, int row, Tensor clean, Tensor ablated) {
    Tensor before = logProbabilities(clean);
    Tensor after = logProbabilities(ablated);
    Optional<Ablation.Next> next =
        row + 1 < tokens.length
            ? Optional.of(next(tokens[row + 1], before, after))
            : Optional.empty();
    return new Ablation.Effect(next, changed(before, after, 1), changed(before, after, -1));
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
