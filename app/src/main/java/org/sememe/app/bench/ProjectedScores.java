package org.sememe.app.bench;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The product along the rows' leading directions alone: where most of their squared norm lies. It
 * needs no special instructions. One thread at a time.
 */
final class ProjectedScores implements ScoreRule {
  private final Tensor leading;
  private Tensor rows = new Tensor();
  private Tensor weights = new Tensor();

  private ProjectedScores(Tensor leading) {
    this.leading = leading;
  }

  /** The rows' principal directions {@code [d, d]}, a column each, the strongest last. */
  static Tensor directions(Tensor centred) {
    return torch.linalg_eigh(centred.t().matmul(centred)).get1();
  }

  /** Onto the strongest d / part of these directions. */
  static ProjectedScores onto(Tensor directions, int part) {
    long d = directions.size(1);
    long kept = Math.max(1, d / part);
    return new ProjectedScores(directions.narrow(1, d - kept, kept).contiguous());
  }

  @Override
  public void prepare(Tensor x, Tensor encoder) {
    rows = x.matmul(leading);
    weights = encoder.matmul(leading);
  }

  @Override
  public void score(int first, int count, Tensor out) {
    torch.mm_out(out, rows, weights.narrow(0, first, count).t());
  }
}
