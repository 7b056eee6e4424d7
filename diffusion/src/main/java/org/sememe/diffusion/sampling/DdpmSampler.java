package org.sememe.diffusion.sampling;

import java.util.function.IntFunction;
import org.sememe.diffusion.schedule.Combination;
import org.sememe.diffusion.schedule.Method;
import org.sememe.diffusion.schedule.NoiseLevels;
import org.sememe.diffusion.schedule.NoiseSchedule;
import org.sememe.diffusion.schedule.SchedulerConfig;

/** Ho et al. 2020, equations 6 and 7, between timesteps that need not be neighbours. */
record DdpmSampler(SchedulerConfig config, Method.Ddpm method, NoiseLevels levels, int samples)
    implements Sampler {
  /** What a variance is at least. */
  private static final double FLOOR = 1e-20;

  @Override
  public Step step(int step, double[] x, double[] output, IntFunction<double[]> noise) {
    NoiseSchedule schedule = config.schedule();
    int t = (int) levels.timesteps()[step];
    double signal = schedule.signal(t);
    double before = step + 1 < steps() ? schedule.signal((int) levels.timesteps()[step + 1]) : 1;
    double kept = signal / before;
    double[] clean =
        config
            .limit()
            .apply(
                config.prediction().clean(x, output, schedule.alpha(t), schedule.sigma(t)),
                samples);
    double[] next =
        Combination.of(
            Math.sqrt(before) * (1 - kept) / (1 - signal),
            clean,
            Math.sqrt(kept) * (1 - before) / (1 - signal),
            x);
    if (t > 0) {
      double variance =
          switch (method.variance()) {
            case POSTERIOR -> Math.max((1 - before) / (1 - signal) * (1 - kept), FLOOR);
            case FORWARD -> 1 - kept;
          };
      Combination.add(next, Math.sqrt(variance), noise.apply(step));
    }
    return new Step(next, clean);
  }
}
