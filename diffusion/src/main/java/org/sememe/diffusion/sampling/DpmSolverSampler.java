package org.sememe.diffusion.sampling;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.sememe.diffusion.schedule.Combination;
import org.sememe.diffusion.schedule.Method;
import org.sememe.diffusion.schedule.NoiseLevels;
import org.sememe.diffusion.schedule.SchedulerConfig;

/**
 * DPM-Solver and DPM-Solver++ (Lu et al. 2022, arXiv 2206.00927 and 2211.01095): an exact linear
 * part, and a polynomial in lambda = log(alpha / sigma) through the last outputs.
 */
final class DpmSolverSampler implements Sampler {
  /** Samplings of fewer steps end with lower orders. */
  private static final int SHORT = 15;

  private final SchedulerConfig config;
  private final Method.DpmSolver method;
  private final NoiseLevels levels;
  private final int samples;

  /** What was expanded at the last steps, newest first. */
  private final List<double[]> history = new ArrayList<>();

  DpmSolverSampler(
      SchedulerConfig config, Method.DpmSolver method, NoiseLevels levels, int samples) {
    this.config = config;
    this.method = method;
    this.levels = levels;
    this.samples = samples;
  }

  @Override
  public NoiseLevels levels() {
    return levels;
  }

  private double alpha(int level) {
    return 1 / Math.hypot(levels.sigmas()[level], 1);
  }

  private double sigma(int level) {
    return levels.sigmas()[level] * alpha(level);
  }

  private double lambda(int level) {
    return -Math.log(levels.sigmas()[level]);
  }

  @Override
  public Step step(int step, double[] x, double[] output, IntFunction<double[]> noise) {
    double[] clean =
        config
            .limit()
            .apply(config.prediction().clean(x, output, alpha(step), sigma(step)), samples);
    boolean ofNoise = method.algorithm() == Method.Algorithm.NOISE;
    double toNoise = 1 / sigma(step);
    history.addFirst(ofNoise ? Combination.of(toNoise, x, -alpha(step) * toNoise, clean) : clean);
    if (history.size() > method.order()) {
      history.removeLast();
    }
    Weights weights = weights(step, order(step));
    double[] next = Combination.of(weights.x, x, weights.value, history.getFirst());
    if (weights.slope != 0 || weights.curve != 0) {
      double r0 = (lambda(step) - lambda(step - 1)) / (lambda(step + 1) - lambda(step));
      double[] first = Combination.of(1 / r0, history.get(0), -1 / r0, history.get(1));
      double[] slope = first;
      if (weights.curve != 0) {
        double r1 = (lambda(step - 1) - lambda(step - 2)) / (lambda(step + 1) - lambda(step));
        double[] second = Combination.of(1 / r1, history.get(1), -1 / r1, history.get(2));
        double share = r0 / (r0 + r1);
        slope = Combination.of(1 + share, first, -share, second);
        Combination.add(
            next, weights.curve, Combination.of(1 / (r0 + r1), first, -1 / (r0 + r1), second));
      }
      Combination.add(next, weights.slope, slope);
    }
    if (method.algorithm() == Method.Algorithm.SDE_PLUS_PLUS) {
      Combination.add(next, weights.noise, noise.apply(step));
    }
    return new Step(next, clean);
  }

  private int order(int step) {
    int left = steps() - step;
    boolean shortened = method.lowerOrderFinal() && steps() < SHORT;
    if (left == 1 && (method.firstOrderAtEnd() || shortened || method.range().endsAtZero())) {
      return 1;
    }
    int possible = Math.min(method.order(), history.size());
    return left == 2 && shortened ? Math.min(possible, 2) : possible;
  }

  /** Of the sample, the newest value, its first and second differences in lambda, and noise. */
  private record Weights(double x, double value, double slope, double curve, double noise) {}

  private Weights weights(int step, int order) {
    double h = lambda(step + 1) - lambda(step);
    boolean midpoint = order == 2 && method.solver() == Method.Solver.MIDPOINT;
    return switch (method.algorithm()) {
      case PLUS_PLUS -> {
        double scale = alpha(step + 1);
        double e = Math.expm1(-h);
        yield new Weights(
            sigma(step + 1) / sigma(step),
            -scale * e,
            order == 1 ? 0 : midpoint ? -scale * e / 2 : scale * (e / h + 1),
            order < 3 ? 0 : -scale * ((e + h) / (h * h) - 0.5),
            0);
      }
      case NOISE -> {
        double scale = sigma(step + 1);
        double e = Math.expm1(h);
        yield new Weights(
            alpha(step + 1) / alpha(step),
            -scale * e,
            order == 1 ? 0 : midpoint ? -scale * e / 2 : -scale * (e / h - 1),
            order < 3 ? 0 : -scale * ((e - h) / (h * h) - 0.5),
            0);
      }
      case SDE_PLUS_PLUS -> {
        double scale = alpha(step + 1);
        double e = -Math.expm1(-2 * h);
        yield new Weights(
            sigma(step + 1) / sigma(step) * Math.exp(-h),
            scale * e,
            order == 1 ? 0 : midpoint ? scale * e / 2 : scale * (e / (-2 * h) + 1),
            0,
            sigma(step + 1) * Math.sqrt(e));
      }
    };
  }
}
