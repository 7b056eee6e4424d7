package org.sememe.diffusion.sampling;

import java.util.function.IntFunction;
import org.sememe.diffusion.schedule.Combination;
import org.sememe.diffusion.schedule.Method;
import org.sememe.diffusion.schedule.NoiseLevels;
import org.sememe.diffusion.schedule.NoiseSchedule;
import org.sememe.diffusion.schedule.SchedulerConfig;

/** Song et al. 2020, equation 12. */
record DdimSampler(
    SchedulerConfig config,
    Method.Ddim method,
    NoiseLevels levels,
    SamplingOptions options,
    int samples)
    implements Sampler {
  @Override
  public Step step(int step, double[] x, double[] output, IntFunction<double[]> noise) {
    NoiseSchedule schedule = config.schedule();
    int t = (int) levels.timesteps()[step];
    int to = t - schedule.timesteps() / steps();
    double alpha = schedule.alpha(t);
    double sigma = schedule.sigma(t);
    double signal = schedule.signal(t);
    double before = to >= 0 ? schedule.signal(to) : method.cleanEnd() ? 1 : schedule.signal(0);
    double[] predicted = config.prediction().clean(x, output, alpha, sigma);
    double[] clean = config.limit().apply(predicted, samples);
    double[] direction =
        options.noiseOfLimited()
            ? Combination.of(1 / sigma, x, -alpha / sigma, clean)
            : config.prediction().noise(x, output, alpha, sigma);
    double variance = (1 - before) / (1 - signal) * (1 - signal / before);
    double deviation = options.eta() * Math.sqrt(Math.max(variance, 0));
    // Rounding can put the number under the root below 0 where it is 0.
    double rest = Math.sqrt(Math.max(1 - before - deviation * deviation, 0));
    double[] next = Combination.of(Math.sqrt(before), clean, rest, direction);
    if (options.eta() > 0) {
      Combination.add(next, deviation, noise.apply(step));
    }
    return new Step(next, clean);
  }
}
