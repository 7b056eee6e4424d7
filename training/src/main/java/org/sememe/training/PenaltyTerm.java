package org.sememe.training;

import org.sememe.sae.design.Penalty;

/**
 * A penalty's part of a row: its value, and its gradients added to the slopes. {@code a = z
 * |W_dec|} where the norms are seen, else z. Immutable; thread-safe where the norms are not changed
 * meanwhile.
 *
 * @param norms of the decoder's rows; none where they are not seen
 */
@SuppressWarnings("ArrayRecordComponent")
record PenaltyTerm(Penalty penalty, float[] norms) {

  /**
   * Adds {@code coefficient} times the gradients.
   *
   * @param pull {@code [latents]}, the gradients at the norms
   * @return the value, before the coefficient. For {@link Penalty.TargetL0}, which is told by the
   *     batch and not by the row, as for {@link Penalty.L0} the number of active latents
   */
  double add(CodeRow row, double coefficient, double[] pull) {
    double root = penalty instanceof Penalty.PNorm(double p) ? rootFactor(row, p) : 1;
    double sum = 0;
    for (int i = 0; i < row.count(); i++) {
      float z = row.priced(i);
      int latent = row.latent(i);
      double norm = norms.length == 0 ? 1 : norms[latent];
      double a = z * norm;
      double gradient;
      switch (penalty) {
        case Penalty.L1() -> {
          sum += a;
          gradient = 1;
        }
        case Penalty.PowerSum(double p) -> {
          sum += a == 0 ? 0 : Math.pow(a, p);
          gradient = powerGradient(a, p);
        }
        case Penalty.PNorm(double p) -> {
          sum += a == 0 ? 0 : Math.pow(a, p);
          gradient = root * powerGradient(a, p);
        }
        case Penalty.Tanh(double scale) -> {
          double tanh = a == 0 ? 0 : Math.tanh(scale * a);
          sum += tanh;
          gradient = scale * (1 - tanh * tanh);
        }
        case Penalty.L0(), Penalty.TargetL0(_) -> {
          sum += z == 0 ? 0 : 1;
          gradient = 0;
        }
        default -> throw new IllegalArgumentException(penalty + " is not told latent by latent");
      }
      double weighted = coefficient * gradient;
      row.pricedSlope(i, (float) (row.pricedSlope(i) + weighted * norm));
      if (norms.length > 0) {
        pull[latent] += weighted * z;
      }
    }
    return penalty instanceof Penalty.PNorm(double p) && sum > 0 ? Math.pow(sum, 1 / p) : sum;
  }

  /** The value of a power sum or a p-norm alone. */
  double power(CodeRow row) {
    double p =
        penalty instanceof Penalty.PNorm(double root) ? root : ((Penalty.PowerSum) penalty).p();
    double sum = powers(row, p);
    return penalty instanceof Penalty.PNorm && sum > 0 ? Math.pow(sum, 1 / p) : sum;
  }

  /** {@code p a^(p - 1)}; at 0, where that may be infinite, as for p above 1, 0. */
  private static double powerGradient(double a, double p) {
    if (a == 0) {
      return p == 1 ? 1 : 0;
    }
    return p * Math.pow(a, p - 1);
  }

  /** {@code (sum a^p)^(1/p - 1) / p}. */
  private double rootFactor(CodeRow row, double p) {
    double sum = powers(row, p);
    return sum > 0 ? Math.pow(sum, 1 / p - 1) / p : 0;
  }

  private double powers(CodeRow row, double p) {
    double sum = 0;
    for (int i = 0; i < row.count(); i++) {
      double a = row.priced(i) * (norms.length == 0 ? 1.0 : norms[row.latent(i)]);
      sum += a == 0 ? 0 : Math.pow(a, p);
    }
    return sum;
  }
}
