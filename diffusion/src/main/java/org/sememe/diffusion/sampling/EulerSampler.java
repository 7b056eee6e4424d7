package org.sememe.diffusion.sampling;

import java.util.Arrays;
import java.util.function.IntFunction;
import org.sememe.diffusion.schedule.Combination;
import org.sememe.diffusion.schedule.NoiseLevels;
import org.sememe.diffusion.schedule.SchedulerConfig;
import org.sememe.diffusion.schedule.Spacing;

/**
 * Euler's method where noise of deviation sigma lies on an unscaled picture (Karras et al. 2022,
 * algorithm 2 without correction).
 */
record EulerSampler(SchedulerConfig config, NoiseLevels levels, SamplingOptions.Churn churn)
    implements Sampler {
  /** The scale of the start: trailing and linspace samplings begin at noise alone. */
  static double startScale(SchedulerConfig config, NoiseLevels levels) {
    double largest = Arrays.stream(levels.sigmas()).max().orElseThrow();
    return config.spacing() == Spacing.LEADING ? Math.hypot(largest, 1) : largest;
  }

  static double inputScale(double sigma) {
    return 1 / Math.hypot(sigma, 1);
  }

  /**
   * The clean picture that an output means.
   *
   * @param sigma the level that the network was told
   * @param here the level of {@code x}
   */
  static double[] clean(
      SchedulerConfig config, double[] x, double[] output, double sigma, double here) {
    double scale = inputScale(sigma);
    return switch (config.prediction()) {
      case EPSILON -> Combination.of(1, x, -here, output);
      case V -> Combination.of(scale * scale, x, -sigma * scale, output);
      case SAMPLE -> output;
    };
  }

  @Override
  public double startScale() {
    return startScale(config, levels);
  }

  @Override
  public double inputScale(int step) {
    return inputScale(levels.sigmas()[step]);
  }

  @Override
  public Step step(int step, double[] x, double[] output, IntFunction<double[]> noise) {
    double sigma = levels.sigmas()[step];
    double growth = churn.growth(sigma, levels.sigmas().length - 1);
    double from = sigma * (1 + growth);
    double[] start = x;
    if (growth > 0) {
      double added = churn.factor() * Math.sqrt(from * from - sigma * sigma);
      start = Combination.of(1, x, added, noise.apply(step));
    }
    double[] clean = clean(config, start, output, sigma, from);
    double share = levels.sigmas()[step + 1] / from;
    return new Step(Combination.of(share, start, 1 - share, clean), clean);
  }
}
