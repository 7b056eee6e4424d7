package org.sememe.training;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * {@code z = max(p, 0)}.
 *
 * @param limits zeros, {@code [latents]}
 */
record ReluRule(MemorySegment limits) implements LatentRule {
  @Override
  public List<String> vectors() {
    return List.of(TrainState.B_ENC);
  }

  @Override
  public void begin() {}

  @Override
  public boolean gated() {
    return false;
  }

  @Override
  public void activate(CodeRow row) {
    for (int i = 0; i < row.count(); i++) {
      row.value(i, Math.max(0, row.pre(i)));
    }
  }

  @Override
  public void differentiate(CodeRow row, double countSlope, double[][] sums) {
    double[] bias = sums[0];
    for (int i = 0; i < row.count(); i++) {
      if (row.pre(i) > 0) {
        bias[row.latent(i)] += row.slope(i);
      } else {
        row.slope(i, 0);
      }
    }
  }
}
