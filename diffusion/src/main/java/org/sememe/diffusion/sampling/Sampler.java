package org.sememe.diffusion.sampling;

import java.util.function.IntFunction;
import org.sememe.diffusion.schedule.Method;
import org.sememe.diffusion.schedule.NoiseLevels;
import org.sememe.diffusion.schedule.Prediction;
import org.sememe.diffusion.schedule.SchedulerConfig;

/**
 * One sampling: steps 0, 1, ... in order, each once. Pictures are all samples one after the other;
 * arithmetic is in float64. Not thread-safe.
 */
public sealed interface Sampler
    permits DdpmSampler,
        DdimSampler,
        EulerSampler,
        EulerAncestralSampler,
        DpmSolverSampler,
        LcmSampler {
  /**
   * What a step gives.
   *
   * @param next where the next step starts
   * @param clean the clean picture that was predicted
   */
  record Step(double[] next, double[] clean) {}

  /**
   * A sampling.
   *
   * @param samples how many pictures it makes at once
   * @throws IllegalArgumentException for what cannot be sampled: noise predicted where there is no
   *     signal at all, a prediction that the method does not take
   */
  static Sampler of(
      SchedulerConfig config, NoiseLevels levels, SamplingOptions options, int samples) {
    if (samples < 1) {
      throw new IllegalArgumentException("a sampling of " + samples + " pictures");
    }
    if (config.prediction() == Prediction.EPSILON && levels.sigmas().length == 0) {
      for (double t : levels.timesteps()) {
        if (config.schedule().signal((int) t) == 0) {
          throw new IllegalArgumentException(
              "timestep "
                  + (int) t
                  + " is pure noise (rescale_betas_zero_snr), where predicted noise tells nothing:"
                  + " use v_prediction, or timestep_spacing leading");
        }
      }
    }
    return switch (config.method()) {
      case Method.Ddpm method -> new DdpmSampler(config, method, levels, samples);
      case Method.Ddim method -> new DdimSampler(config, method, levels, options, samples);
      case Method.Euler _ -> new EulerSampler(config, levels, options.churn());
      case Method.EulerAncestral _ -> new EulerAncestralSampler(config, levels);
      case Method.DpmSolver method -> new DpmSolverSampler(config, method, levels, samples);
      case Method.Lcm method -> new LcmSampler(config, method, levels, samples);
    };
  }

  /** A sampling in {@code steps} steps with the usual options. */
  static Sampler of(SchedulerConfig config, int steps, int samples) {
    return of(config, config.levels(steps), SamplingOptions.USUAL, samples);
  }

  /** Its timesteps and noise levels. */
  NoiseLevels levels();

  /** How many steps. */
  default int steps() {
    return levels().timesteps().length;
  }

  /** What unit noise is multiplied by before the first step. */
  default double startScale() {
    return 1;
  }

  /** What a step's {@code x} is multiplied by before the network sees it. */
  default double inputScale(int step) {
    return 1;
  }

  /**
   * One step.
   *
   * @param x where it starts; not changed
   * @param output of the network, at {@code x} times the input scale and the step's timestep
   * @param noise unit noise of a step, of the size of {@code x}; asked only where noise is drawn
   */
  Step step(int step, double[] x, double[] output, IntFunction<double[]> noise);
}
