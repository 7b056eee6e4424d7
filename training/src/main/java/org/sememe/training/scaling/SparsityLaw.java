package org.sememe.training.scaling;

import java.util.ArrayList;
import java.util.List;

/**
 * {@code L(n, k) = exp(alpha + beta_k ln k + beta_n ln n + gamma ln k ln n) + exp(zeta + eta ln k)}
 * (Gao et al. 2024, section 3): a power law in n whose exponent, beta_n + gamma ln k, depends on k,
 * over a floor that depends on k too.
 */
public record SparsityLaw() implements ScalingLaw {
  @Override
  public String formula() {
    return "L(n,k) = exp(alpha + beta_k ln k + beta_n ln n + gamma ln k ln n) + exp(zeta + eta ln"
        + " k)";
  }

  @Override
  public List<String> names() {
    return List.of("alpha", "beta_k", "beta_n", "gamma", "zeta", "eta");
  }

  @Override
  public double loss(ScalingPoint at, double[] p) {
    double k = Math.log(at.sparsity());
    double n = Math.log(at.latents());
    return Math.exp(p[0] + p[1] * k + p[2] * n + p[3] * k * n) + Math.exp(p[4] + p[5] * k);
  }

  @Override
  public List<double[]> starts(List<ScalingPoint> points) {
    List<double[]> starts = new ArrayList<>();
    for (double[] floored : Floors.of(points)) {
      for (double slope : new double[] {-0.1, -0.5}) {
        double alpha = floored[1] - slope * Floors.meanLog(points, ScalingPoint::latents);
        starts.add(new double[] {alpha, 0, slope, 0, floored[0], 0});
      }
    }
    return starts;
  }

  @Override
  public double extent(ScalingPoint at) {
    return at.latents();
  }
}
