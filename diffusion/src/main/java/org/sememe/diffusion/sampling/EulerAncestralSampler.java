package org.sememe.diffusion.sampling;

import java.util.function.IntFunction;
import org.sememe.diffusion.schedule.Combination;
import org.sememe.diffusion.schedule.NoiseLevels;
import org.sememe.diffusion.schedule.Prediction;
import org.sememe.diffusion.schedule.SchedulerConfig;

/** Euler's step to a level below the next, and noise back up to it. */
record EulerAncestralSampler(SchedulerConfig config, NoiseLevels levels) implements Sampler {
  EulerAncestralSampler {
    if (config.prediction() == Prediction.SAMPLE) {
      throw new IllegalArgumentException(
          "EulerAncestralDiscreteScheduler takes epsilon and v_prediction, not sample");
    }
  }

  @Override
  public double startScale() {
    return EulerSampler.startScale(config, levels);
  }

  @Override
  public double inputScale(int step) {
    return EulerSampler.inputScale(levels.sigmas()[step]);
  }

  @Override
  public Step step(int step, double[] x, double[] output, IntFunction<double[]> noise) {
    double from = levels.sigmas()[step];
    double to = levels.sigmas()[step + 1];
    // to^2 (from^2 - to^2) / from^2 is up^2; what is left of to^2 is down^2 = (to^2 / from)^2.
    double ratio = to / from;
    double up = to * Math.sqrt(Math.max(1 - ratio * ratio, 0));
    double down = ratio * to;
    double[] clean = EulerSampler.clean(config, x, output, from, from);
    double[] next = Combination.of(down / from, x, 1 - down / from, clean);
    Combination.add(next, up, noise.apply(step));
    return new Step(next, clean);
  }
}
