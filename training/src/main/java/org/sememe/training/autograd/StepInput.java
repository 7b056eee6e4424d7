package org.sememe.training.autograd;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.sememe.sae.objective.Downstream;

/**
 * What a step learns from.
 *
 * @param x rows {@code [n, d]}, n at least 1
 * @param target what is to be made of them {@code [n, d_out]}; x itself but for transcoders
 * @param chunks into how many parts the rows are cut, one after the other, so that only a part's
 *     activations are held; each part's loss counts by its share of the rows, and a design that
 *     chooses over a batch, as BatchTopK, chooses over the part
 * @param downstream the network whose loss is added
 */
public record StepInput(Tensor x, Tensor target, int chunks, Optional<Downstream> downstream) {
  public StepInput {
    if (chunks < 1 || chunks > x.size(0)) {
      throw new IllegalArgumentException(
          "%d rows cannot be cut into %d chunks".formatted(x.size(0), chunks));
    }
    if (chunks > 1 && downstream.isPresent()) {
      throw new IllegalArgumentException("a network behind the rows needs all of them at once");
    }
  }

  /** Without a network behind them. */
  public StepInput(Tensor x, Tensor target, int chunks) {
    this(x, target, chunks, Optional.empty());
  }

  /** Rows to reconstruct, in one piece. */
  public static StepInput of(Tensor x) {
    return new StepInput(x, x, 1);
  }
}
