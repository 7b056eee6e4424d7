package org.sememe.sae.fold;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/** A normalisation of inputs with its numbers. Tensors are float64 and stay their maker's. */
public sealed interface FittedInput {
  /**
   * {@code x' = (x - mean) scale}.
   *
   * @param mean {@code [d]}; empty for none
   * @param scale above 0
   */
  record Scaled(Optional<Tensor> mean, double scale) implements FittedInput {
    public Scaled {
      if (!(scale > 0) || !Double.isFinite(scale)) {
        throw new IllegalArgumentException("an input scale of " + scale + ", need above 0");
      }
    }
  }

  /**
   * {@code x' = (x - mean) matrix}.
   *
   * @param mean {@code [d]}
   * @param matrix {@code [d, d]}
   * @param inverse the matrix's inverse
   */
  record Whitened(Tensor mean, Tensor matrix, Tensor inverse) implements FittedInput {}

  /** One that depends on each row: not folded but kept. */
  record PerRow(RowNormalisation rows) implements FittedInput {}

  /** Inputs as they are. */
  static FittedInput none() {
    return scaled(1);
  }

  /** {@code x' = scale x}. */
  static FittedInput scaled(double scale) {
    return new Scaled(Optional.empty(), scale);
  }
}
