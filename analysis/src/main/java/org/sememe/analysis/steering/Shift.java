package org.sememe.analysis.steering;

import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.sememe.analysis.evaluation.NextTokenScores;
import org.sememe.models.LanguageModel;
import org.sememe.models.generation.Intervention;
import org.sememe.models.generation.ReplyLogits;
import org.sememe.tensors.TensorMemory;

/**
 * How far a steering moves what the model would say next, where both read the same text: the reply
 * that it gives unsteered.
 *
 * @param kl mean over the reply's tokens of KL(default || steered), in nats
 * @param likeliestChanged tokens at which another token is likeliest
 * @param tokens of the reply: the sample of both
 */
public record Shift(double kl, int likeliestChanged, int tokens) {
  /**
   * Measures it by one run of each kind.
   *
   * @param reply the unsteered reply, at least one token
   */
  static Shift of(LanguageModel model, int[] prompt, int[] reply, Intervention steered) {
    try (PointerScope scope = new PointerScope()) {
      Tensor before = ReplyLogits.of(model, prompt, reply, Intervention.none());
      Tensor after = ReplyLogits.of(model, prompt, reply, steered);
      double[] sum = new double[1];
      NextTokenScores.compare(
          before.unsqueeze(0),
          after.unsqueeze(0),
          IntStream.range(0, reply.length).asLongStream().toArray(),
          IntStream.of(reply).asLongStream().toArray(),
          (place, ceBefore, ceAfter, kl) -> sum[0] += kl);
      long[] likeliestBefore = likeliest(before);
      long[] likeliestAfter = likeliest(after);
      int changed =
          (int)
              IntStream.range(0, reply.length)
                  .filter(i -> likeliestBefore[i] != likeliestAfter[i])
                  .count();
      return new Shift(sum[0] / reply.length, changed, reply.length);
    }
  }

  private static long[] likeliest(Tensor logits) {
    return TensorMemory.longs(logits.argmax(new LongOptional(1), false));
  }
}
