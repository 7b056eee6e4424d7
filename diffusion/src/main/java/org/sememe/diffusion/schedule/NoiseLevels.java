package org.sememe.diffusion.schedule;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

/**
 * The timesteps of a sampling and the noise levels between which it steps.
 *
 * @param timesteps what the network is told, one a step; may be fractional
 * @param sigmas noise beside an unscaled picture, one more than there are steps at least: step i
 *     goes from i to i + 1
 */
public record NoiseLevels(double[] timesteps, double[] sigmas) {
  /** The levels of a table at timesteps, and a last one. */
  static NoiseLevels at(double[] timesteps, double[] table, double end) {
    return new NoiseLevels(
        timesteps,
        append(Arrays.stream(timesteps).map(t -> Grid.interpolate(table, t)).toArray(), end));
  }

  /** The levels of {@link Method.Euler}. */
  static NoiseLevels of(Method.Euler euler, double[] timesteps, NoiseSchedule schedule) {
    double[] table = schedule.noiseToSignal();
    double end = euler.range().endsAtZero() ? 0 : table[0];
    int n = timesteps.length;
    if (euler.logLinear()) {
      double[] levels = SigmaSpacing.EXPONENTIAL.levels(table[table.length - 1], table[0], n + 1);
      return new NoiseLevels(timesteps, append(levels, end));
    }
    NoiseLevels plain = at(timesteps, table, end);
    if (euler.range().spacing() == SigmaSpacing.TIMESTEPS) {
      return euler.continuousTime() ? plain.timed(sigma -> Math.log(sigma) / 4) : plain;
    }
    double[] levels =
        euler
            .range()
            .spacing()
            .levels(
                euler.range().largest().orElse(plain.sigmas[0]),
                euler.range().smallest().orElse(plain.sigmas[n - 1]),
                n);
    return new NoiseLevels(timesteps, append(levels, end))
        .timed(
            euler.continuousTime()
                ? sigma -> Math.log(sigma) / 4
                : sigma -> timestep(sigma, table));
  }

  /** The levels of {@link Method.DpmSolver}. */
  static NoiseLevels of(
      Method.DpmSolver solver, int steps, Spacing spacing, int offset, NoiseSchedule schedule) {
    double[] table = schedule.noiseToSignal();
    double end = solver.range().endsAtZero() ? 0 : table[0];
    int last =
        schedule.timesteps()
            - (int) Arrays.stream(table).filter(s -> -Math.log(s) < solver.lowestLambda()).count();
    if (last < 1) {
      throw new IllegalArgumentException(
          "lambda_min_clipped " + solver.lowestLambda() + " leaves no timestep");
    }
    if (solver.range().spacing() != SigmaSpacing.TIMESTEPS) {
      double[] levels =
          solver
              .range()
              .spacing()
              .levels(
                  solver.range().largest().orElse(table[table.length - 1]),
                  solver.range().smallest().orElse(table[0]),
                  steps);
      return new NoiseLevels(new double[steps], append(levels, end))
          .timed(
              sigma -> {
                double time = timestep(sigma, table);
                return solver.roundedTimesteps() ? Math.rint(time) : Math.floor(time);
              });
    }
    double[] timesteps =
        switch (spacing) {
          case LINSPACE ->
              Arrays.stream(Grid.reversed(Grid.linspace(0, last - 1.0, steps + 1)))
                  .map(Math::rint)
                  .limit(steps)
                  .toArray();
          case LEADING ->
              Arrays.stream(Spacing.every(last / (steps + 1), steps + 1, offset))
                  .limit(steps)
                  .toArray();
          case TRAILING ->
              Spacing.back(
                  last,
                  (double) schedule.timesteps() / steps,
                  Math.min(steps, (int) Math.ceil((double) last * steps / schedule.timesteps())));
        };
    return at(timesteps, table, end);
  }

  private NoiseLevels timed(DoubleUnaryOperator time) {
    return new NoiseLevels(
        IntStream.range(0, timesteps.length)
            .mapToDouble(i -> time.applyAsDouble(sigmas[i]))
            .toArray(),
        sigmas);
  }

  /** The fractional timestep of a level, between its neighbours in log sigma. */
  private static double timestep(double sigma, double[] table) {
    double wanted = Math.log(Math.max(sigma, 1e-10));
    int low = 0;
    while (low < table.length - 2 && Math.log(table[low + 1]) <= wanted) {
      low++;
    }
    double from = Math.log(table[low]);
    double to = Math.log(table[low + 1]);
    return low + Math.clamp((from - wanted) / (from - to), 0.0, 1.0);
  }

  private static double[] append(double[] values, double last) {
    double[] longer = Arrays.copyOf(values, values.length + 1);
    longer[values.length] = last;
    return longer;
  }
}
