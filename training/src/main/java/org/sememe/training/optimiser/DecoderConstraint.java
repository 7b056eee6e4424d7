package org.sememe.training.optimiser;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;

/** What holds the norms of a decoder's rows {@code W_dec [F, d]}. */
public sealed interface DecoderConstraint {
  /** Makes the rows obey, in place. */
  void apply(Tensor decoder);

  /** Takes from a gradient, in place, what the constraint would undo. */
  void project(Tensor gradient, Tensor decoder);

  /** Any norms. */
  record Free() implements DecoderConstraint {
    @Override
    public void apply(Tensor decoder) {}

    @Override
    public void project(Tensor gradient, Tensor decoder) {}
  }

  /** Norms of at most 1 (April 2024: longer rows alone are shortened). */
  record AtMostOne() implements DecoderConstraint {
    @Override
    public void apply(Tensor decoder) {
      try (PointerScope scope = new PointerScope()) {
        decoder.div_(norms(decoder).clamp_min(new Scalar(1.0)));
      }
    }

    @Override
    public void project(Tensor gradient, Tensor decoder) {}
  }

  /**
   * Norms of 1, and gradients orthogonal to their rows: {@code g -= (g . n) n}, {@code n = w / |w|}
   * (Bricken et al. 2023).
   *
   * @param projection when gradients are projected
   * @param normalisation when rows are normalised
   */
  record UnitNorm(Projection projection, Normalisation normalisation) implements DecoderConstraint {
    private static final double EPSILON = Math.ulp(1f);

    @Override
    public void apply(Tensor decoder) {
      try (PointerScope scope = new PointerScope()) {
        decoder.div_(norms(decoder).add(new Scalar(EPSILON)));
      }
    }

    @Override
    public void project(Tensor gradient, Tensor decoder) {
      try (PointerScope scope = new PointerScope()) {
        Tensor unit = decoder.div(norms(decoder).add(new Scalar(EPSILON)));
        gradient.sub_(gradient.mul(unit).sum(1).unsqueeze(1).mul(unit));
      }
    }
  }

  /** When gradients are projected. */
  enum Projection {
    /** Before their norm is measured and clipped. */
    BEFORE_CLIPPING,
    /** Inside the optimiser, after clipping (dictionary_learning's ConstrainedAdam). */
    AFTER_CLIPPING,
    /** Not at all. */
    NONE
  }

  /** When rows are normalised. */
  enum Normalisation {
    /** Before each forward pass; weights after an update are not quite normalised (sparsify). */
    BEFORE_LOSS,
    /** After each update. */
    AFTER_UPDATE
  }

  private static Tensor norms(Tensor decoder) {
    return decoder.norm(new ScalarOptional(new Scalar(2.0)), new long[] {1}, true);
  }
}
