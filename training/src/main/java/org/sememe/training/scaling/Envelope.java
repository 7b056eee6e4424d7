package org.sememe.training.scaling;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/**
 * The best that each amount of compute has bought: the points that none with as little compute is
 * better than (Templeton et al. 2024, scaling laws).
 *
 * @param points by compute, loss falling
 */
public record Envelope(List<ScalingPoint> points) {

  public Envelope {
    points = List.copyOf(points);
  }

  /** The envelope of some dictionaries that are equally sparse. */
  public static Envelope of(List<ScalingPoint> all) {
    List<ScalingPoint> best = new ArrayList<>();
    all.stream()
        .sorted(
            Comparator.comparingDouble(ScalingPoint::compute)
                .thenComparingDouble(ScalingPoint::loss))
        .forEach(
            point -> {
              if (best.isEmpty() || point.loss() < best.getLast().loss()) {
                best.add(point);
              }
            });
    return new Envelope(best);
  }

  /** Exponent p of {@code n = c C^p}, the width to train with compute C; empty if n is all one. */
  public OptionalDouble widthExponent() {
    return exponent(ScalingPoint::latents);
  }

  /** Exponent of the tokens to train with compute C; empty if they are all one. */
  public OptionalDouble tokensExponent() {
    return exponent(ScalingPoint::tokens);
  }

  /** Slope of the least-squares line of logarithms. */
  private OptionalDouble exponent(ToDoubleFunction<ScalingPoint> quantity) {
    if (points.size() < 3 || points.stream().mapToDouble(quantity).distinct().count() < 2) {
      return OptionalDouble.empty();
    }
    double x = Floors.meanLog(points, ScalingPoint::compute);
    double y = Floors.meanLog(points, quantity);
    double top = 0;
    double bottom = 0;
    for (ScalingPoint point : points) {
      double dx = Math.log(point.compute()) - x;
      top += dx * (Math.log(quantity.applyAsDouble(point)) - y);
      bottom += dx * dx;
    }
    return OptionalDouble.of(top / bottom);
  }
}
