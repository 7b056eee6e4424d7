package org.sememe.analysis.evaluation;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.tensors.TensorMemory;

/**
 * Compares two runs' next-token distributions at some positions, in double precision and nats. A
 * few positions at a time: log-probabilities of all of them would take twice the logits' memory.
 */
public final class NextTokenScores {
  /** Log-probabilities held at once; 8 MB of doubles, a few times over. */
  private static final long PIECE = 1L << 20;

  /** Takes what one position gives. */
  @FunctionalInterface
  public interface Sink {
    /**
     * @param place number of the position in the list that was given
     * @param clean cross-entropy of the clean run
     * @param changed cross-entropy of the changed run
     * @param kl KL(clean || changed)
     */
    void take(int place, double clean, double changed, double kl);
  }

  private NextTokenScores() {}

  /**
   * @param clean logits {@code [sequences, length, vocabulary]}
   * @param changed logits of the same shape
   * @param rows positions to score, numbered {@code sequence * length + column}
   * @param next the token that follows each
   */
  public static void compare(Tensor clean, Tensor changed, long[] rows, long[] next, Sink sink) {
    long vocabulary = clean.size(2);
    int piece = (int) Math.clamp(PIECE / vocabulary, 1, Integer.MAX_VALUE);
    for (int first = 0; first < rows.length; first += piece) {
      int count = Math.min(piece, rows.length - first);
      try (PointerScope scope = new PointerScope()) {
        Tensor at = longs(rows, first, count);
        Tensor targets = longs(next, first, count).unsqueeze(1);
        Tensor cleanLogs = logProbabilities(clean, at);
        Tensor changedLogs = logProbabilities(changed, at);
        double[] cleanTargets = TensorMemory.doubles(cleanLogs.gather(1, targets));
        double[] changedTargets = TensorMemory.doubles(changedLogs.gather(1, targets));
        Tensor difference = changedLogs.neg_().add_(cleanLogs);
        double[] kl = TensorMemory.doubles(difference.mul_(cleanLogs.exp_()).sum(1));
        for (int i = 0; i < count; i++) {
          sink.take(first + i, -cleanTargets[i], -changedTargets[i], kl[i]);
        }
      }
    }
  }

  private static Tensor logProbabilities(Tensor logits, Tensor rows) {
    return logits
        .reshape(-1, logits.size(2))
        .index_select(0, rows)
        .log_softmax(1, new ScalarTypeOptional(ScalarType.Double));
  }

  private static Tensor longs(long[] values, int first, int count) {
    long[] some = new long[count];
    System.arraycopy(values, first, some, 0, count);
    return TensorMemory.longs(some, count);
  }
}
