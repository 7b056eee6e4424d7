package org.sememe.analysis.steering;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.analysis.prompt.PromptTokens;
import org.sememe.tensors.TensorMemory;

/**
 * Leaves out each feature of each token of a text in turn, and reads the next token's loss there.
 * One thread at a time; the steerer stays the caller's.
 *
 * @param steerer of the model and the dictionary
 */
public record LossEffectView(Steerer steerer) implements LossEffectSource {
  /** Tokens of a text; as many as the features of a text are shown for. */
  private static final int MOST_TOKENS = 512;

  /** What is measured of a text: some seconds of a small model on two cores. */
  private static final int MOST_MEASURED = 2_048;

  @Override
  public LossEffects lossEffects(String text) {
    int most = Math.min(MOST_TOKENS, steerer.model().info().contextLength());
    PromptTokens read = PromptTokens.of(steerer.tokenizer(), text, most);
    int[] tokens = read.ids();
    try (PointerScope scope = new PointerScope();
        TokenCuts cuts = new TokenCuts(steerer.model(), steerer.sae().config().hook(), tokens)) {
      List<Steerer.Firing> active =
          steerer.firings(cuts.activation(), cuts.batch()).stream()
              .filter(firing -> firing.row() + 1 < tokens.length)
              .toList();
      List<Steerer.Firing> some = strongest(active);
      Map<Integer, float[]> directions = new HashMap<>();
      List<TokenCuts.Cut> wanted = new ArrayList<>();
      for (Steerer.Firing firing : some) {
        float[] direction = directions.computeIfAbsent(firing.latent(), steerer::direction);
        wanted.add(new TokenCuts.Cut(firing.row(), firing.part(direction)));
      }
      double[] before = new double[tokens.length];
      for (int row : some.stream().mapToInt(Steerer.Firing::row).distinct().toArray()) {
        long[] next = {tokens[row + 1]};
        before[row] = logProbabilities(cuts.logits(row).unsqueeze(0), next)[0];
      }
      List<List<LossEffects.Effect>> effects =
          Stream.generate(() -> (List<LossEffects.Effect>) new ArrayList<LossEffects.Effect>())
              .limit(tokens.length)
              .toList();
      cuts.run(
          wanted,
          (first, logits) -> {
            List<Steerer.Firing> heard = some.subList(first, first + (int) logits.size(0));
            long[] next = heard.stream().mapToLong(firing -> tokens[firing.row() + 1]).toArray();
            double[] after = logProbabilities(logits, next);
            for (int i = 0; i < after.length; i++) {
              int row = heard.get(i).row();
              effects
                  .get(row)
                  .add(new LossEffects.Effect(heard.get(i).latent(), before[row] - after[i]));
            }
          });
      effects.forEach(
          token -> token.sort(Comparator.comparingDouble(effect -> -effect.lossChange())));
      return new LossEffects(read.truncated(), effects, some.size(), active.size());
    }
  }

  /** As many of each token as may be measured in all. */
  private static List<Steerer.Firing> strongest(List<Steerer.Firing> active) {
    Map<Integer, List<Steerer.Firing>> byToken =
        active.stream().collect(Collectors.groupingBy(Steerer.Firing::row));
    long each = Math.max(1, MOST_MEASURED / Math.max(1, byToken.size()));
    return byToken.values().stream()
        .flatMap(
            token ->
                token.stream()
                    .sorted(Comparator.comparingDouble(firing -> -Math.abs(firing.activation())))
                    .limit(active.size() <= MOST_MEASURED ? token.size() : each))
        .sorted(Comparator.comparingInt(Steerer.Firing::row))
        .toList();
  }

  /** Of one token each, {@code [n]}, of logits {@code [n, vocabulary]}. */
  private static double[] logProbabilities(Tensor logits, long[] tokens) {
    try (PointerScope scope = new PointerScope()) {
      Tensor all = logits.log_softmax(1, new ScalarTypeOptional(ScalarType.Double));
      return TensorMemory.doubles(all.gather(1, TensorMemory.longs(tokens, tokens.length, 1)));
    }
  }
}
