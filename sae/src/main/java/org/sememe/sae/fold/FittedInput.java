package org.sememe.sae.fold;

import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.tensors.TensorMemory;

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

  /**
   * Rows of several parts, each with a factor of its own.
   *
   * @param widths of the parts
   * @param scales their factors, above 0
   */
  record Parts(List<Integer> widths, List<Double> scales) implements FittedInput {
    public Parts {
      widths = List.copyOf(widths);
      scales = List.copyOf(scales);
      if (widths.size() != scales.size()) {
        throw new IllegalArgumentException(
            "%d factors for %d parts".formatted(scales.size(), widths.size()));
      }
    }

    /** That of one part. */
    public Scaled part(int number) {
      return new Scaled(Optional.empty(), scales.get(number));
    }

    /** The factor of every value of a row, {@code [d]}, in the caller's scope. */
    public Tensor each() {
      int width = widths.stream().mapToInt(Integer::intValue).sum();
      Tensor all = TensorMemory.empty(ScalarType.Double, width);
      long at = 0;
      for (int part = 0; part < widths.size(); part++) {
        all.narrow(0, at, widths.get(part)).fill_(new Scalar(scales.get(part)));
        at += widths.get(part);
      }
      return all;
    }
  }

  /** Inputs as they are. */
  static FittedInput none() {
    return scaled(1);
  }

  /** {@code x' = scale x}. */
  static FittedInput scaled(double scale) {
    return new Scaled(Optional.empty(), scale);
  }
}
