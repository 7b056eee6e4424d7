package org.sememe.models.decoder;

import static org.bytedeco.pytorch.global.torch.cat;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/**
 * Queries, keys and values {@code [sequences, positions, heads, headWidth]}.
 *
 * @param joined all of them as they lie in memory, one after the other in each position, for
 *     kernels that work in place; empty while autograd records
 */
record Heads(Tensor queries, Tensor keys, Tensor values, Optional<Tensor> joined) {
  /**
   * The parts of a joined product {@code [b, t, heads + 2 kvHeads, headWidth]}, which is the run's
   * own.
   */
  static Heads of(Tensor joined, DecoderConfig config, boolean recording) {
    int heads = config.heads();
    int kvHeads = config.kvHeads();
    return new Heads(
        joined.narrow(2, 0, heads),
        joined.narrow(2, heads, kvHeads),
        joined.narrow(2, heads + kvHeads, kvHeads),
        recording ? Optional.empty() : Optional.of(joined));
  }

  /** Other queries, keys and values in the place of these. */
  Heads with(Tensor newQueries, Tensor newKeys, Tensor newValues, DecoderConfig config) {
    if (joined.isEmpty()) {
      return new Heads(newQueries, newKeys, newValues, joined);
    }
    long dimension = 2;
    return of(cat(new TensorVector(newQueries, newKeys, newValues), dimension), config, false);
  }
}
