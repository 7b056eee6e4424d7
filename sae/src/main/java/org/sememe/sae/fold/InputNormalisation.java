package org.sememe.sae.fold;

import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** How inputs are normalised before training; {@link #fit} finds its numbers from batches. */
public sealed interface InputNormalisation {
  /**
   * Estimates the numbers in float64.
   *
   * @param batches floating {@code [n, d]} each
   * @throws IllegalArgumentException if there are too few rows, or they do not vary
   */
  FittedInput fit(Iterable<Tensor> batches);

  /** Inputs as they are. */
  record None() implements InputNormalisation {
    @Override
    public FittedInput fit(Iterable<Tensor> batches) {
      return FittedInput.none();
    }
  }

  /** What one number makes of the inputs. */
  enum ScaleKind {
    /** {@code E|x| = sqrt(d)} (SAELens, April 2024 recipe). */
    MEAN_NORM_ROOT_WIDTH,
    /** {@code E|x|^2 = 1}. */
    MEAN_SQUARE_ONE,
    /** {@code E|x|^2 = d}. */
    MEAN_SQUARE_WIDTH
  }

  /** Inputs are multiplied by one number. */
  record Scale(ScaleKind kind) implements InputNormalisation {
    @Override
    public FittedInput fit(Iterable<Tensor> batches) {
      double norms = 0;
      double squares = 0;
      long rows = 0;
      long width = 0;
      for (Tensor batch : batches) {
        Tensor each = batch.to(ScalarType.Double).square().sum(1);
        norms += each.sqrt().sum().item_double();
        squares += each.sum().item_double();
        rows += batch.size(0);
        width = batch.size(1);
      }
      return FittedInput.scaled(
          switch (kind) {
            case MEAN_NORM_ROOT_WIDTH -> Math.sqrt(width) * rows / norms;
            case MEAN_SQUARE_ONE -> Math.sqrt(rows / squares);
            case MEAN_SQUARE_WIDTH -> Math.sqrt(width * (rows / squares));
          });
    }
  }

  /** The mean is subtracted, then {@code E|x|^2 = d}. */
  record MeanAndScale() implements InputNormalisation {
    @Override
    public FittedInput fit(Iterable<Tensor> batches) {
      Spread spread = Spread.of(batches, false);
      double squares = spread.scatter().sum().item_double();
      double width = spread.mean().size(0);
      return new FittedInput.Scaled(
          Optional.of(spread.mean()), Math.sqrt(width * (spread.rows() / squares)));
    }
  }

  /** Every row is scaled to the norm sqrt(d). */
  record PerRowRescale() implements InputNormalisation {
    @Override
    public FittedInput fit(Iterable<Tensor> batches) {
      return new FittedInput.PerRow(RowNormalisation.CONSTANT_NORM);
    }
  }

  /** Every row gets mean 0 and deviation 1. */
  record LayerNorm() implements InputNormalisation {
    @Override
    public FittedInput fit(Iterable<Tensor> batches) {
      return new FittedInput.PerRow(RowNormalisation.LAYER_NORM);
    }
  }

  /**
   * The mean is subtracted, and with the covariance {@code E diag(v) E'} (of n - 1) the rest
   * multiplied by {@code E diag(v + regulariser)^-1/2}, as in SAELens.
   */
  record Whitening(double regulariser) implements InputNormalisation {
    public Whitening {
      if (!(regulariser >= 0)) {
        throw new IllegalArgumentException("regulariser is " + regulariser + ", need 0 or above");
      }
    }

    @Override
    public FittedInput fit(Iterable<Tensor> batches) {
      Spread spread = Spread.of(batches, true);
      if (spread.rows() < 2) {
        throw new IllegalArgumentException("a covariance needs 2 rows, not " + spread.rows());
      }
      Tensor covariance = spread.scatter().div(new Scalar((double) (spread.rows() - 1)));
      T_TensorTensor_T parts = torch.linalg_eigh(covariance);
      Tensor roots =
          torch.clamp_min(parts.get0(), new Scalar(0.0)).add(new Scalar(regulariser)).sqrt();
      if (!(roots.min().item_double() > 0)) {
        throw new IllegalArgumentException(
            "inputs do not vary in every direction: whitening needs a regulariser above 0");
      }
      Tensor directions = parts.get1();
      return new FittedInput.Whitened(
          spread.mean(), directions.div(roots), roots.unsqueeze(1).mul(directions.t()));
    }
  }
}
