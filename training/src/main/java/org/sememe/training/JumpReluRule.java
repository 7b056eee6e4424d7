package org.sememe.training;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.sememe.sae.design.Activation.StraightThrough;

/**
 * {@code z = p 1[p > theta]} (Rajamanoharan et al. 2024b, section 3). With {@code K = 1[|p - theta|
 * < bandwidth / 2]}, g the gradient at z and c that at {@code 1[p > theta]}:
 *
 * <pre>
 * dtheta = -(theta g + c) K / bandwidth;  dp = 1[p > theta] g, less dtheta where that reaches all
 * </pre>
 */
final class JumpReluRule implements LatentRule {
  private final MemorySegment parameters;
  private final ThresholdForm form;
  private final float bandwidth;
  private final StraightThrough through;
  private final MemorySegment limits;
  private final float[] thresholds;

  /** The rule of a state; {@code limits} is memory for one float a latent. */
  JumpReluRule(TrainState state, TrainOptions options, MemorySegment limits) {
    this.parameters = state.memory(TrainState.THRESHOLDS);
    this.form = options.thresholdForm();
    this.bandwidth = (float) options.bandwidth();
    this.through = options.straightThrough();
    this.limits = limits;
    this.thresholds = new float[state.latents()];
  }

  @Override
  public List<String> vectors() {
    return List.of(TrainState.B_ENC, TrainState.THRESHOLDS);
  }

  @Override
  public void begin() {
    for (int latent = 0; latent < thresholds.length; latent++) {
      double parameter = parameters.getAtIndex(ValueLayout.JAVA_FLOAT, latent);
      thresholds[latent] = (float) form.threshold(parameter);
      if (form == ThresholdForm.PLAIN) {
        parameters.setAtIndex(ValueLayout.JAVA_FLOAT, latent, thresholds[latent]);
      }
      limits.setAtIndex(ValueLayout.JAVA_FLOAT, latent, thresholds[latent] - bandwidth / 2);
    }
  }

  @Override
  public MemorySegment limits() {
    return limits;
  }

  @Override
  public boolean gated() {
    return false;
  }

  @Override
  public void activate(CodeRow row) {
    for (int i = 0; i < row.count(); i++) {
      float p = row.pre(i);
      row.value(i, p > thresholds[row.latent(i)] ? p : 0);
    }
  }

  @Override
  public void differentiate(CodeRow row, double countSlope, double[][] sums) {
    double[] bias = sums[0];
    double[] threshold = sums[1];
    for (int i = 0; i < row.count(); i++) {
      int latent = row.latent(i);
      float theta = thresholds[latent];
      float p = row.pre(i);
      double slope = p > theta ? row.slope(i) : 0;
      if (Math.abs(p - theta) < bandwidth / 2) {
        double gradient = -(theta * row.slope(i) + countSlope) / bandwidth;
        threshold[latent] += form == ThresholdForm.LOG ? theta * gradient : gradient;
        slope -= through == StraightThrough.ALL ? gradient : 0;
      }
      row.slope(i, (float) slope);
      bias[latent] += slope;
    }
  }
}
