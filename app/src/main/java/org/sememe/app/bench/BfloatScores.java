package org.sememe.app.bench;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The product in bfloat16, summed in fp32 and rounded to bfloat16. One thread at a time. */
final class BfloatScores implements ScoreRule {
  private Tensor rows = new Tensor();
  private Tensor weights = new Tensor();

  @Override
  public void prepare(Tensor x, Tensor encoder) {
    rows = x.to(ScalarType.BFloat16);
    weights = encoder.to(ScalarType.BFloat16);
  }

  @Override
  public void score(int first, int count, Tensor out) {
    out.copy_(torch.mm(rows, weights.narrow(0, first, count).t()));
  }
}
