package org.sememe.training;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * {@code pi = q + b_gate}, {@code z = 1[pi > 0] max(exp(r_mag) q + b_mag, 0)} with {@code q = W_enc
 * u} (Rajamanoharan et al. 2024a, section 3). Penalties and the auxiliary reconstruction see {@code
 * max(pi, 0)}. {@code b_enc} is {@code b_gate}.
 */
final class GatedRule implements LatentRule {
  private final MemorySegment gateBias;
  private final MemorySegment magnitudeLog;
  private final MemorySegment magnitudeBias;
  private final MemorySegment limits;
  private final float[] factors;

  /** The rule of a state; {@code limits} are zeros, one a latent. */
  GatedRule(TrainState state, MemorySegment limits) {
    this.gateBias = state.memory(TrainState.B_ENC);
    this.magnitudeLog = state.memory(TrainState.R_MAG);
    this.magnitudeBias = state.memory(TrainState.B_MAG);
    this.limits = limits;
    this.factors = new float[state.latents()];
  }

  @Override
  public List<String> vectors() {
    return List.of(TrainState.B_ENC, TrainState.R_MAG, TrainState.B_MAG);
  }

  @Override
  public void begin() {
    for (int latent = 0; latent < factors.length; latent++) {
      factors[latent] = (float) Math.exp(magnitudeLog.getAtIndex(ValueLayout.JAVA_FLOAT, latent));
    }
  }

  @Override
  public MemorySegment limits() {
    return limits;
  }

  @Override
  public boolean gated() {
    return true;
  }

  @Override
  public void activate(CodeRow row) {
    for (int i = 0; i < row.count(); i++) {
      float gate = row.pre(i);
      row.value(i, gate > 0 ? Math.max(0, magnitude(row, i)) : 0);
      row.priced(i, Math.max(0, gate));
    }
  }

  private float projection(CodeRow row, int i) {
    return row.pre(i) - gateBias.getAtIndex(ValueLayout.JAVA_FLOAT, row.latent(i));
  }

  private float magnitude(CodeRow row, int i) {
    int latent = row.latent(i);
    return Math.fma(
        factors[latent],
        projection(row, i),
        magnitudeBias.getAtIndex(ValueLayout.JAVA_FLOAT, latent));
  }

  @Override
  public void differentiate(CodeRow row, double countSlope, double[][] sums) {
    for (int i = 0; i < row.count(); i++) {
      int latent = row.latent(i);
      if (!(row.pre(i) > 0)) {
        row.slope(i, 0);
        continue;
      }
      double gate = row.pricedSlope(i);
      double magnitude = row.value(i) > 0 ? row.slope(i) : 0;
      double scaled = factors[latent] * magnitude;
      row.slope(i, (float) (gate + scaled));
      sums[0][latent] += gate;
      sums[1][latent] += scaled * projection(row, i);
      sums[2][latent] += magnitude;
    }
  }
}
