package org.sememe.training.scaling;

import java.util.ArrayList;
import java.util.List;

/**
 * {@code L(C) = exp(zeta) + exp(alpha) C^-beta}, C in TFLOP: a power law in compute over a floor
 * (Gao et al. 2024, section 3; Templeton et al. 2024, scaling laws), for the best dictionary at
 * each compute.
 */
public record ComputeLaw() implements ScalingLaw {
  private static final double TERA = 1e12;

  @Override
  public String formula() {
    return "L(C) = exp(zeta) + exp(alpha) C^-beta, C in TFLOP of dense training";
  }

  @Override
  public List<String> names() {
    return List.of("alpha", "beta", "zeta");
  }

  @Override
  public double loss(ScalingPoint at, double[] p) {
    return Math.exp(p[2]) + Math.exp(p[0] - p[1] * Math.log(at.compute() / TERA));
  }

  @Override
  public List<double[]> starts(List<ScalingPoint> points) {
    List<double[]> starts = new ArrayList<>();
    for (double[] floored : Floors.of(points)) {
      for (double slope : new double[] {0.1, 0.5}) {
        double alpha = floored[1] + slope * Floors.meanLog(points, p -> p.compute() / TERA);
        starts.add(new double[] {alpha, slope, floored[0]});
      }
    }
    return starts;
  }

  @Override
  public double extent(ScalingPoint at) {
    return at.compute();
  }
}
