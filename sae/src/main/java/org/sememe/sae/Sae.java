package org.sememe.sae;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.kernels.SparseDecode;
import org.sememe.kernels.Workers;
import org.sememe.sae.fold.FoldedWeights;
import org.sememe.tensors.TensorMemory;

/**
 * A sparse autoencoder: {@code z = sparsity(W_enc (x - b_dec) + b_enc)}, {@code x̂ = W_decᵀ z +
 * b_dec}, both matrices latent-major {@code [latents, d]}, fp32, contiguous, on the CPU.
 *
 * <p>Owns its tensors. Reading is thread-safe: several threads may encode at once, each with an
 * {@link Encoder} of its own, or all with one {@link TokenEncoder}. Closing frees the weights;
 * nothing may be under way.
 */
public final class Sae implements AutoCloseable {
  /** Rows that {@link #encode(float[][])} encodes at once. */
  private static final int MOST_ROWS = 256;

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
   * @throws IllegalArgumentException if a tensor is of another shape or kind, naming it; then all
   *     stay the caller's
   */
  public Sae(
      SaeConfig config,
      Tensor encoder,
      Tensor encoderBias,
      Tensor decoder,
      Tensor decoderBias,
      Optional<Tensor> thresholds) {
    check(config, thresholds);
    check(encoder, "W_enc", config.latents(), config.width());
    check(encoderBias, "b_enc", config.latents());
    check(decoder, "W_dec", config.latents(), config.width());
    check(decoderBias, "b_dec", config.width());
    thresholds.ifPresent(t -> check(t, "threshold", config.latents()));
    this.config = config;
    this.encoder = kept(encoder);
    this.encoderBias = kept(encoderBias);
    this.decoder = kept(decoder);
    this.decoderBias = kept(decoderBias);
    this.thresholds = thresholds.map(Sae::kept);
  }

  /**
   * A dictionary of folded weights, which stay the caller's.
   *
   * @param config what it is; its normalisation of rows is replaced by the weights', and its scale
   *     multiplied by theirs
   * @throws IllegalArgumentException if the weights do not fit
   */
  public static Sae of(SaeConfig config, FoldedWeights weights) {
    return new Sae(
        config.normalised(config.inputScale() * weights.inputScale(), weights.rows()),
        floats(weights.encoder()),
        floats(weights.encoderBias()),
        floats(weights.decoder()),
        floats(weights.decoderBias()),
        weights.thresholds().map(Sae::floats));
  }

  private static Tensor floats(Tensor tensor) {
    return tensor.to(ScalarType.Float).contiguous();
  }

  private static void check(SaeConfig config, Optional<Tensor> thresholds) {
    if (thresholds.isPresent() != config.sparsity() instanceof Sparsity.JumpRelu) {
      throw new IllegalArgumentException("thresholds belong to jumprelu, and only to it");
    }
    int k = config.sparsity().fixedK().orElse(1);
    if (k > config.latents()) {
      throw new IllegalArgumentException("k is " + k + " of only " + config.latents() + " latents");
    }
    if (config.sparsity() instanceof Sparsity.GroupMax && config.latents() % k != 0) {
      throw new IllegalArgumentException(
          config.latents() + " latents cannot be cut into " + k + " equal groups");
    }
  }

  private static void check(Tensor tensor, String name, long... shape) {
    if (!Arrays.equals(TensorMemory.shape(tensor), shape)
        || tensor.scalar_type().intern() != ScalarType.Float
        || !tensor.is_cpu()
        || !tensor.is_contiguous()) {
      throw new IllegalArgumentException(
          name
              + " must be float32, contiguous, on the CPU and of shape "
              + Arrays.toString(shape)
              + ", not "
              + Arrays.toString(TensorMemory.shape(tensor)));
    }
  }

  private static Tensor kept(Tensor tensor) {
    tensor.retainReference();
    return tensor;
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

  /** An encoder for one vector at a time, from any thread; the caller closes it before this. */
  public TokenEncoder tokenEncoder() {
    return new TokenEncoder(this);
  }

  /**
   * The active latents of each row, strongest first: for callers without tensors. Each call makes
   * an {@link Encoder}, with its memory and threads; who encodes again and again keeps one, or a
   * {@link #tokenEncoder} for single rows.
   *
   * @param rows {@code [n][d]}
   * @throws IllegalArgumentException if a row is not d values long
   */
  public List<ActiveLatents> encode(float[][] rows) {
    List<ActiveLatents> found = new ArrayList<>(rows.length);
    try (Encoder encoder = new Encoder(this, Math.clamp(rows.length, 1, MOST_ROWS));
        Arena arena = Arena.ofConfined()) {
      MemorySegment x =
          arena.allocate(ValueLayout.JAVA_FLOAT, (long) encoder.mostRows() * config.width());
      for (int start = 0; start < rows.length; start += MOST_ROWS) {
        int count = Math.min(MOST_ROWS, rows.length - start);
        for (int row = 0; row < count; row++) {
          copyRow(rows[start + row], x, row);
        }
        SparseCodes codes = encoder.encode(x, count);
        for (int row = 0; row < count; row++) {
          found.add(codes.active(row));
        }
      }
    }
    return found;
  }

  private void copyRow(float[] from, MemorySegment to, int row) {
    if (from.length != config.width()) {
      throw new IllegalArgumentException(
          "a row of " + from.length + " values, where the dictionary's width is " + config.width());
    }
    MemorySegment.copy(
        from,
        0,
        to,
        ValueLayout.JAVA_FLOAT,
        (long) row * config.width() * Float.BYTES,
        from.length);
  }

  /**
   * Reconstructions of some codes.
   *
   * @param target float32 {@code [rows, d]}
   */
  void decode(Workers workers, SparseCodes codes, MemorySegment target) {
    MemorySegment matrix = TensorMemory.segment(decoder);
    MemorySegment bias = TensorMemory.segment(decoderBias);
    int d = config.width();
    workers.split(
        codes.rows(),
        (from, to) -> {
          for (int row = from; row < to; row++) {
            SparseDecode.row(
                codes.indices(),
                codes.values(),
                (long) row * codes.k(),
                codes.k(),
                matrix,
                bias,
                target,
                (long) row * d * Float.BYTES,
                d);
            codes.denormalise(row, target, d);
          }
        });
  }

  @Override
  public void close() {
    encoder.close();
    encoderBias.close();
    decoder.close();
    decoderBias.close();
    thresholds.ifPresent(Tensor::close);
  }
}
