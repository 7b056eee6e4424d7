package org.sememe.diffusion.schedule;

import java.util.Arrays;

/**
 * A forward process: {@code x_t = alpha_t x0 + sigma_t eps} with {@code alpha_t^2 + sigma_t^2 = 1}.
 * Immutable, thread-safe.
 */
public final class NoiseSchedule {
  private final double[] signal;

  private NoiseSchedule(double[] signal) {
    this.signal = signal;
  }

  /**
   * The process of these kept shares of signal.
   *
   * @param signal {@code alpha_t^2} for t = 0, 1, ..., in [0, 1]; they fall, but for a floor under
   *     the last
   */
  public static NoiseSchedule ofSignal(double[] signal) {
    if (signal.length == 0) {
      throw new IllegalArgumentException("a noise schedule without timesteps");
    }
    for (int t = 0; t < signal.length; t++) {
      if (!(signal[t] >= 0 && signal[t] <= 1)) {
        throw new IllegalArgumentException(
            "the signal's share at timestep %d is %s, need one within 0 and 1: look at the betas"
                .formatted(t, signal[t]));
      }
    }
    return new NoiseSchedule(signal.clone());
  }

  /**
   * The process that adds these variances. Every number of the table is rounded to float32: so it
   * was when networks were trained, and noise levels are sensitive to it where little signal is
   * left.
   */
  public static NoiseSchedule ofBetas(float[] betas) {
    double[] signal = new double[betas.length];
    double kept = 1;
    for (int t = 0; t < betas.length; t++) {
      kept *= 1 - betas[t];
      signal[t] = (float) kept;
    }
    return ofSignal(signal);
  }

  /**
   * The same process shifted and scaled in alpha so that the last timestep is pure noise and the
   * first stays (Lin et al. 2023, "Common diffusion noise schedules and sample steps are flawed",
   * algorithm 1).
   */
  public NoiseSchedule withZeroTerminalSnr() {
    float first = (float) alpha(0);
    float last = (float) alpha(timesteps() - 1);
    float scale = first / (first - last);
    float[] betas = new float[timesteps()];
    float before = 1;
    for (int t = 0; t < betas.length; t++) {
      float alpha = ((float) alpha(t) - last) * scale;
      float kept = alpha * alpha;
      betas[t] = 1 - kept / before;
      before = kept;
    }
    return ofBetas(betas);
  }

  /** The same with a last timestep of at least {@code floor}, for what divides by it. */
  public NoiseSchedule withLastSignal(double floor) {
    double[] changed = signal.clone();
    changed[changed.length - 1] = floor;
    return ofSignal(changed);
  }

  /** How many timesteps; they are numbered from 0, the cleanest. */
  public int timesteps() {
    return signal.length;
  }

  /** {@code alpha_t^2}, the share of signal; often written alpha-bar. */
  public double signal(int t) {
    return signal[t];
  }

  /** The factor of the picture. */
  public double alpha(int t) {
    return Math.sqrt(signal[t]);
  }

  /** The factor of the noise. */
  public double sigma(int t) {
    return Math.sqrt(1 - signal[t]);
  }

  /** {@code sigma_t / alpha_t} for every t, rising: noise beside an unscaled picture. */
  public double[] noiseToSignal() {
    return Arrays.stream(signal).map(kept -> Math.sqrt((1 - kept) / kept)).toArray();
  }

  /** {@code x_t}. */
  public double[] noised(double[] clean, double[] noise, int t) {
    return Combination.of(alpha(t), clean, sigma(t), noise);
  }

  /** {@code v_t = alpha_t eps - sigma_t x0}. */
  public double[] velocity(double[] clean, double[] noise, int t) {
    return Combination.of(alpha(t), noise, -sigma(t), clean);
  }
}
