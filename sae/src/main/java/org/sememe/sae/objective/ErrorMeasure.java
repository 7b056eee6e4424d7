package org.sememe.sae.objective;

import java.util.OptionalDouble;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.sememe.sae.design.Normalisation;

/**
 * Squared errors of a batch, as one number.
 *
 * @param target {@code [n, d]}
 * @param variance of the target over a larger batch
 */
record ErrorMeasure(Tensor target, OptionalDouble variance) {
  /** That of a reconstruction of the target. */
  Tensor of(Tensor reconstruction, Normalisation normalisation) {
    return of(reconstruction, target, normalisation);
  }

  /** That of a reconstruction of something else, {@code [n, d]}. */
  Tensor of(Tensor reconstruction, Tensor wanted, Normalisation normalisation) {
    Tensor squares = wanted.sub(reconstruction).square().sum();
    long rows = wanted.size(0);
    return switch (normalisation) {
      case ROWS -> squares.div(new Scalar((double) rows));
      case VALUES -> squares.div(new Scalar((double) rows * wanted.size(1)));
      case TARGET_VARIANCE ->
          variance.isPresent()
              ? squares.div(new Scalar(variance.getAsDouble()))
              : squares.div(spread(target));
      case ERROR_VARIANCE -> squares.div(spread(wanted.detach()));
    };
  }

  private static Tensor spread(Tensor values) {
    return values.sub(values.mean(0)).square().sum();
  }
}
