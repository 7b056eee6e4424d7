package org.sememe.sae.objective;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.sememe.sae.design.RowNorm;

/** Lengths of decoder rows. */
final class RowNorms {
  private RowNorms() {}

  /** Of rows {@code [F, d_out]}, {@code [F]}; gradients pass. */
  static Tensor of(RowNorm rule, Tensor rows) {
    return switch (rule) {
      case RowNorm.Whole() -> norms(rows, 1);
      case RowNorm.ByHook(int hooks) -> norms(byHook(rows, hooks), 2).sum(1);
    };
  }

  private static Tensor byHook(Tensor rows, int hooks) {
    if (rows.size(1) % hooks != 0) {
      throw new IllegalArgumentException(
          "rows of %d numbers cannot be cut into equal parts for %d hook points"
              .formatted(rows.size(1), hooks));
    }
    return rows.reshape(rows.size(0), hooks, rows.size(1) / hooks);
  }

  private static Tensor norms(Tensor values, int along) {
    return values.norm(new ScalarOptional(new Scalar(2.0)), new long[] {along});
  }
}
