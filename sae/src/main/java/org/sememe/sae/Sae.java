package org.sememe.sae;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * A sparse autoencoder: {@code z = sparsity(W_enc (x - b_dec) + b_enc)}, {@code x̂ = W_decᵀ z +
 * b_dec}, both matrices latent-major {@code [latents, d]}, fp32, contiguous, on the CPU.
 *
 * <p>Owns its tensors. Reading is thread-safe: several threads may encode at once, each with an
 * {@link Encoder} of its own. Closing frees the weights; nothing may be under way.
 */
public final class Sae implements AutoCloseable {
  private final SaeConfig config;
  private final Tensor encoder;
  private final Tensor encoderBias;
  private final Tensor decoder;
  private final Tensor decoderBias;
  private final Optional<Tensor> thresholds;

  /**
   * A dictionary of these weights, which it takes over (they leave the caller's scope).
   *
   * @param encoder {@code W_enc [latents, d]}
   * @param encoderBias {@code b_enc [latents]}
   * @param decoder {@code W_dec [latents, d]}
   * @param decoderBias {@code b_dec [d]}
   * @param thresholds {@code [latents]}, for {@link Sparsity.JumpRelu} and no other
   */
  public Sae(
      SaeConfig config,
      Tensor encoder,
      Tensor encoderBias,
      Tensor decoder,
      Tensor decoderBias,
      Optional<Tensor> thresholds) {
    this.config = config;
    this.encoder = encoder;
    this.encoderBias = encoderBias;
    this.decoder = decoder;
    this.decoderBias = decoderBias;
    this.thresholds = thresholds;
  }

  /** What it is. */
  public SaeConfig config() {
    return config;
  }

  /** {@code W_enc [latents, d]}; not to be changed. */
  public Tensor encoder() {
    return encoder;
  }

  /** {@code b_enc [latents]}; not to be changed. */
  public Tensor encoderBias() {
    return encoderBias;
  }

  /** {@code W_dec [latents, d]}; not to be changed. */
  public Tensor decoder() {
    return decoder;
  }

  /** {@code b_dec [d]}; not to be changed. */
  public Tensor decoderBias() {
    return decoderBias;
  }

  /** The thresholds {@code [latents]}, if the sparsity has them. */
  public Optional<Tensor> thresholds() {
    return thresholds;
  }

  /** The active latents of each row, strongest first: for callers without tensors. */
  public ActiveLatents[] encode(float[][] rows) {
    throw new UnsupportedOperationException();
  }

  /** The reconstruction of some codes, fp32 {@code [n, d]}, into the caller's scope. */
  public Tensor decode(SparseCodes codes) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {
    throw new UnsupportedOperationException();
  }
}
