package org.sememe.diffusion.sampling;

import java.util.function.IntFunction;
import org.sememe.diffusion.schedule.Combination;
import org.sememe.diffusion.schedule.Method;
import org.sememe.diffusion.schedule.NoiseLevels;
import org.sememe.diffusion.schedule.NoiseSchedule;
import org.sememe.diffusion.schedule.SchedulerConfig;

/** Luo et al. 2023, algorithm 3: the consistency function, and noise again for the next step. */
record LcmSampler(SchedulerConfig config, Method.Lcm method, NoiseLevels levels, int samples)
    implements Sampler {
  /** Of the pictures, in the boundary condition. */
  private static final double DATA_DEVIATION = 0.5;

  @Override
  public Step step(int step, double[] x, double[] output, IntFunction<double[]> noise) {
    NoiseSchedule schedule = config.schedule();
    int t = (int) levels.timesteps()[step];
    double[] clean =
        config
            .limit()
            .apply(
                config.prediction().clean(x, output, schedule.alpha(t), schedule.sigma(t)),
                samples);
    double time = t * method.timeScaling();
    double norm = Math.hypot(time, DATA_DEVIATION);
    double skip = DATA_DEVIATION / norm;
    double[] denoised = Combination.of(time / norm, clean, skip * skip, x);
    if (step + 1 == steps()) {
      return new Step(denoised, denoised);
    }
    int to = (int) levels.timesteps()[step + 1];
    return new Step(schedule.noised(denoised, noise.apply(step), to), denoised);
  }
}
