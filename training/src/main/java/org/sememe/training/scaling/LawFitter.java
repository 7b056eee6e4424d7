package org.sememe.training.scaling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.hipparchus.exception.MathRuntimeException;
import org.hipparchus.linear.Array2DRowRealMatrix;
import org.hipparchus.linear.ArrayRealVector;
import org.hipparchus.optim.nonlinear.vector.leastsquares.LeastSquaresBuilder;
import org.hipparchus.optim.nonlinear.vector.leastsquares.LevenbergMarquardtOptimizer;
import org.hipparchus.optim.nonlinear.vector.leastsquares.MultivariateJacobianFunction;
import org.hipparchus.util.Pair;

/**
 * Fits a law by least squares of the logarithms (equal relative errors weigh equally), with
 * Levenberg-Marquardt from several starts.
 *
 * @param resamples fits of resampled residuals that the intervals come from
 * @param seed of the resampling
 */
public record LawFitter(int resamples, long seed) {
  private static final int MOST_EVALUATIONS = 20_000;
  private static final double TOLERANCE = 1e-13;
  private static final double STEP = 1e-6;

  /**
   * The best fit; empty where the points are not more than the parameters, or no start led
   * anywhere.
   */
  public Optional<LawFit> fit(ScalingLaw law, List<ScalingPoint> points) {
    if (points.size() <= law.names().size()) {
      return Optional.empty();
    }
    return best(law, points, law.starts(points)).map(found -> judged(law, points, found));
  }

  private LawFit judged(ScalingLaw law, List<ScalingPoint> points, double[] found) {
    return new LawFit(
        law,
        DoubleStream.of(found).boxed().toList(),
        intervals(law, points, found),
        points,
        rootMeanSquare(residuals(law, points, found)),
        leaveOneOut(law, points),
        extrapolation(law, points));
  }

  private static Optional<double[]> best(
      ScalingLaw law, List<ScalingPoint> points, List<double[]> starts) {
    if (points.size() <= law.names().size()) {
      return Optional.empty();
    }
    double[] best = {};
    double least = Double.POSITIVE_INFINITY;
    for (double[] start : starts) {
      try {
        double[] end = descend(law, points, start);
        double error = rootMeanSquare(residuals(law, points, end));
        if (error < least) {
          least = error;
          best = end;
        }
      } catch (MathRuntimeException e) {
        // This start leads to a place where the loss is no number; another one may not.
        continue;
      }
    }
    return least < Double.POSITIVE_INFINITY ? Optional.of(best) : Optional.empty();
  }

  private static double[] descend(ScalingLaw law, List<ScalingPoint> points, double[] start) {
    MultivariateJacobianFunction model =
        at -> {
          double[] p = at.toArray();
          double[][] slopes = new double[points.size()][p.length];
          for (int j = 0; j < p.length; j++) {
            double step = STEP * Math.max(1, Math.abs(p[j]));
            double[] up = p.clone();
            double[] down = p.clone();
            up[j] += step;
            down[j] -= step;
            for (int i = 0; i < slopes.length; i++) {
              slopes[i][j] =
                  (Math.log(law.loss(points.get(i), up)) - Math.log(law.loss(points.get(i), down)))
                      / (2 * step);
            }
          }
          double[] values = points.stream().mapToDouble(x -> Math.log(law.loss(x, p))).toArray();
          return new Pair<>(
              new ArrayRealVector(values, false), new Array2DRowRealMatrix(slopes, false));
        };
    return new LevenbergMarquardtOptimizer()
        .withCostRelativeTolerance(TOLERANCE)
        .withParameterRelativeTolerance(TOLERANCE)
        .optimize(
            new LeastSquaresBuilder()
                .start(start)
                .model(model)
                .target(points.stream().mapToDouble(x -> Math.log(x.loss())).toArray())
                .lazyEvaluation(false)
                .maxEvaluations(MOST_EVALUATIONS)
                .maxIterations(MOST_EVALUATIONS)
                .build())
        .getPoint()
        .toArray();
  }

  private static double[] residuals(ScalingLaw law, List<ScalingPoint> points, double[] p) {
    return points.stream().mapToDouble(x -> Math.log(law.loss(x, p) / x.loss())).toArray();
  }

  private static double rootMeanSquare(double[] values) {
    return Math.sqrt(Arrays.stream(values).map(v -> v * v).average().orElse(Double.NaN));
  }

  /** Residuals drawn with replacement on top of the fit, widened for the parameters it has. */
  private List<List<Double>> intervals(ScalingLaw law, List<ScalingPoint> points, double[] found) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] residuals = residuals(law, points, found);
    double widened = Math.sqrt(points.size() / (double) (points.size() - found.length));
    List<double[]> fits = new ArrayList<>();
    for (int i = 0; i < resamples; i++) {
      List<ScalingPoint> drawn =
          points.stream()
              .map(
                  x -> {
                    double residual = residuals[random.nextInt(residuals.length)] * widened;
                    return with(x, law.loss(x, found) * Math.exp(-residual));
                  })
              .toList();
      best(law, drawn, List.of(found)).ifPresent(fits::add);
    }
    return IntStream.range(0, found.length)
        .mapToObj(
            j -> {
              double[] sorted = fits.stream().mapToDouble(f -> f[j]).sorted().toArray();
              return sorted.length == 0
                  ? List.of(Double.NaN, Double.NaN)
                  : List.of(quantile(sorted, 0.025), quantile(sorted, 0.975));
            })
        .toList();
  }

  private static double quantile(double[] sorted, double share) {
    return sorted[(int) Math.round(share * (sorted.length - 1))];
  }

  private static ScalingPoint with(ScalingPoint x, double loss) {
    return new ScalingPoint(x.name(), x.latents(), x.sparsity(), x.tokens(), x.compute(), loss);
  }

  private static OptionalDouble leaveOneOut(ScalingLaw law, List<ScalingPoint> points) {
    List<Double> errors = new ArrayList<>();
    for (ScalingPoint out : points) {
      OptionalDouble error = unseen(law, points, List.of(out));
      if (error.isEmpty()) {
        return error;
      }
      errors.add(error.getAsDouble());
    }
    return OptionalDouble.of(
        rootMeanSquare(errors.stream().mapToDouble(Double::doubleValue).toArray()));
  }

  private static OptionalDouble extrapolation(ScalingLaw law, List<ScalingPoint> points) {
    double most = points.stream().mapToDouble(law::extent).max().orElseThrow();
    return unseen(law, points, points.stream().filter(point -> law.extent(point) == most).toList());
  }

  /** How well a fit without some points predicts them. */
  private static OptionalDouble unseen(
      ScalingLaw law, List<ScalingPoint> points, List<ScalingPoint> out) {
    List<ScalingPoint> seen = points.stream().filter(point -> !out.contains(point)).toList();
    if (seen.isEmpty()) {
      return OptionalDouble.empty();
    }
    return best(law, seen, law.starts(seen)).stream()
        .mapToDouble(p -> rootMeanSquare(residuals(law, out, p)))
        .findAny();
  }
}
