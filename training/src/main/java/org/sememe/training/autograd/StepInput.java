package org.sememe.training.autograd;

import org.bytedeco.pytorch.Tensor;

/**
 * What a step learns from.
 *
 * @param x rows {@code [n, d]}, n at least 1
 * @param target what is to be made of them {@code [n, d_out]}; x itself but for transcoders
 * @param chunks into how many parts the rows are cut, one after the other, so that only a part's
 *     activations are held; each part's loss counts by its share of the rows, and a design that
 *     chooses over a batch, as BatchTopK, chooses over the part
 */
public record StepInput(Tensor x, Tensor target, int chunks) {
  public StepInput {
    if (chunks < 1 || chunks > x.size(0)) {
      throw new IllegalArgumentException(
          "%d rows cannot be cut into %d chunks".formatted(x.size(0), chunks));
    }
  }

  /** Rows to reconstruct, in one piece. */
  public static StepInput of(Tensor x) {
    return new StepInput(x, x, 1);
  }
}
