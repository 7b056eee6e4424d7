package org.sememe.training.scaling;

import java.util.ArrayList;
import java.util.List;

/**
 * {@code L(n) = exp(alpha + beta_n ln n) + exp(zeta)}: what is left of {@link SparsityLaw} where
 * all dictionaries are equally sparse.
 */
public record WidthLaw() implements ScalingLaw {
  @Override
  public String formula() {
    return "L(n) = exp(alpha + beta_n ln n) + exp(zeta)";
  }

  @Override
  public List<String> names() {
    return List.of("alpha", "beta_n", "zeta");
  }

  @Override
  public double loss(ScalingPoint at, double[] p) {
    return Math.exp(p[0] + p[1] * Math.log(at.latents())) + Math.exp(p[2]);
  }

  @Override
  public List<double[]> starts(List<ScalingPoint> points) {
    List<double[]> starts = new ArrayList<>();
    for (double[] floored : Floors.of(points)) {
      for (double slope : new double[] {-0.1, -0.5}) {
        double alpha = floored[1] - slope * Floors.meanLog(points, ScalingPoint::latents);
        starts.add(new double[] {alpha, slope, floored[0]});
      }
    }
    return starts;
  }

  @Override
  public double extent(ScalingPoint at) {
    return at.latents();
  }
}
