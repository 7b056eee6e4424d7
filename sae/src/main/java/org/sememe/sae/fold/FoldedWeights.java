package org.sememe.sae.fold;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * Weights for raw inputs, float64: what {@link TrainedWeights#fold} makes, and no other way leads
 * to, so that nothing is folded twice.
 */
public final class FoldedWeights {
  private final Tensor encoder;
  private final Tensor encoderBias;
  private final Tensor decoder;
  private final Tensor decoderBias;
  private final Optional<Tensor> thresholds;
  private final double inputScale;
  private final RowNormalisation rows;

  FoldedWeights(TrainedWeights weights, double inputScale, RowNormalisation rows) {
    this.encoder = weights.encoder();
    this.encoderBias = weights.encoderBias();
    this.decoder = weights.decoder();
    this.decoderBias = weights.decoderBias();
    this.thresholds = weights.thresholds();
    this.inputScale = inputScale;
    this.rows = rows;
  }

  /** {@code W_enc [latents, d]}. */
  public Tensor encoder() {
    return encoder;
  }

  /** {@code b_enc [latents]}. */
  public Tensor encoderBias() {
    return encoderBias;
  }

  /** {@code W_dec [latents, d_out]}. */
  public Tensor decoder() {
    return decoder;
  }

  /** {@code b_dec [d_out]}. */
  public Tensor decoderBias() {
    return decoderBias;
  }

  /** {@code [latents]}, if the trained ones had them. */
  public Optional<Tensor> thresholds() {
    return thresholds;
  }

  /**
   * The one number inputs were multiplied by in training and activations are divided by; else 1.
   */
  public double inputScale() {
    return inputScale;
  }

  /** What is still to be done to each row. */
  public RowNormalisation rows() {
    return rows;
  }
}
