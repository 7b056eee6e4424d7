package org.sememe.sae.objective;

import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.kernels.DecoderRows;
import org.sememe.sae.design.Activation;
import org.sememe.sae.design.DecoderKind;
import org.sememe.sae.design.Design;
import org.sememe.sae.design.EncoderKind;
import org.sememe.sae.design.RowNorm;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;

/**
 * Where the training of any design begins. Decoder rows have random directions and one norm, and
 * the encoder is a multiple of its transpose (Gao et al. 2024, section 2.4), where there is such a
 * thing:
 *
 * <ul>
 *   <li>tied encoder: it has no matrix of its own;
 *   <li>KronSAE: the halves have random directions, and a latent's decoder row that of their sum;
 *   <li>Switch SAE: the router's numbers are even over ±1/sqrt(d);
 *   <li>archetypal decoder: the first rows are the points themselves, rows beyond them the middles
 *       of two points each, drawn; {@code log_scale} makes their mean norm the one asked for;
 *   <li>crosscoder: each hook point's part of a row has that norm;
 *   <li>a target other than x: the encoder has random directions of its own.
 * </ul>
 *
 * All else is 0, JumpReLU's thresholds but. Immutable, thread-safe.
 *
 * @param decoderNorm of decoder rows, above 0
 * @param encoderScale what the encoder is of the decoder's transpose, above 0
 * @param threshold JumpReLU's first, at least 0
 * @param seed of all that is drawn
 */
public record InitialWeights(double decoderNorm, double encoderScale, double threshold, long seed) {

  /**
   * How large a dictionary is.
   *
   * @param latents F
   * @param width d, of all hook points together
   * @param outputs d_out, d but for transcoders
   */
  public record Sizes(int latents, int width, int outputs) {
    /** Of a dictionary that reconstructs its input. */
    public static Sizes of(int latents, int width) {
      return new Sizes(latents, width, width);
    }
  }

  public InitialWeights {
    if (!(decoderNorm > 0) || !(encoderScale > 0) || !(threshold >= 0)) {
      throw new IllegalArgumentException(
          "decoder norm %s, encoder scale %s, threshold %s: need above 0, above 0 and at least 0"
              .formatted(decoderNorm, encoderScale, threshold));
    }
  }

  /**
   * Tensors by {@link ParameterNames}, float32 on the CPU, contiguous, in the caller's scope and
   * the caller's.
   *
   * @param points of an archetypal decoder {@code [points, d_out]}, float32, copied: rows of the
   *     data, or the centres of its clusters
   * @throws IllegalArgumentException if sizes do not fit the design, or points are missing
   */
  public SequencedMap<String, Tensor> of(Design design, Sizes sizes, Optional<Tensor> points) {
    EncoderKind encoder = design.structure().encoder();
    if (encoder instanceof EncoderKind.Kronecker kron && kron.latents() != sizes.latents()) {
      throw new IllegalArgumentException(
          "%d latents, but %d heads of %d by %d are %d"
              .formatted(
                  sizes.latents(), kron.heads(), kron.first(), kron.second(), kron.latents()));
    }
    SequencedMap<String, Tensor> all = new LinkedHashMap<>();
    if (encoder instanceof EncoderKind.Kronecker kron) {
      halves(kron, sizes, all);
    }
    Tensor decoder =
        switch (design.structure().decoder()) {
          case DecoderKind.Archetypal _ -> archetypes(sizes, points, all);
          case DecoderKind.Free() -> {
            Tensor rows = decoder(design, sizes, all);
            all.put(ParameterNames.W_DEC, rows);
            yield rows;
          }
        };
    if (encoder instanceof EncoderKind.Tied) {
      all.put(ParameterNames.B_ENC, zeros(sizes.latents()));
    } else if (!(encoder instanceof EncoderKind.Kronecker)) {
      all.put(
          ParameterNames.W_ENC,
          (design.otherTarget()
                  ? randomRows("encoder", sizes.latents(), sizes.width(), 1)
                  : decoder)
              .mul(new Scalar((double) (float) encoderScale)));
      all.put(ParameterNames.B_ENC, zeros(sizes.latents()));
    }
    all.put(ParameterNames.B_DEC, zeros(sizes.outputs()));
    if (encoder instanceof EncoderKind.Switch rule) {
      all.put(ParameterNames.W_ROUTER, router(rule.experts(), sizes.width()));
      all.put(ParameterNames.B_ROUTER, zeros(sizes.width()));
    }
    if (design.skip()) {
      all.put(ParameterNames.W_SKIP, zeros(sizes.outputs(), sizes.width()));
    }
    switch (design.activation()) {
      case Activation.JumpRelu _ ->
          all.put(ParameterNames.THRESHOLD, zeros(sizes.latents()).fill_(new Scalar(threshold)));
      case Activation.Gated() -> {
        all.put(ParameterNames.R_MAG, zeros(sizes.latents()));
        all.put(ParameterNames.B_MAG, zeros(sizes.latents()));
      }
      default -> {}
    }
    return all;
  }

  /** {@code [F, d_out]}. */
  private Tensor decoder(Design design, Sizes sizes, SequencedMap<String, Tensor> halves) {
    if (design.structure().encoder() instanceof EncoderKind.Kronecker kron
        && !design.otherTarget()) {
      int d = sizes.width();
      Tensor first = halves.get(ParameterNames.W_P).reshape(kron.heads(), kron.first(), 1, d);
      Tensor second = halves.get(ParameterNames.W_Q).reshape(kron.heads(), 1, kron.second(), d);
      return unit(first.add(second).reshape(sizes.latents(), d)).mul(new Scalar(decoderNorm));
    }
    int hooks = design.structure().rowNorm() instanceof RowNorm.ByHook(int many) ? many : 1;
    return randomRows("weights", sizes.latents(), sizes.outputs(), hooks);
  }

  /** At the direction of two orthogonal halves' sum, mAND is what a dense latent's product is. */
  private void halves(EncoderKind.Kronecker kron, Sizes sizes, SequencedMap<String, Tensor> all) {
    int first = kron.heads() * kron.first();
    int second = kron.heads() * kron.second();
    Scalar scale = new Scalar(encoderScale * Math.sqrt(2));
    all.put(ParameterNames.W_P, randomRows("first", first, sizes.width(), 1).mul(scale));
    all.put(ParameterNames.W_Q, randomRows("second", second, sizes.width(), 1).mul(scale));
    all.put(ParameterNames.B_P, zeros(first));
    all.put(ParameterNames.B_Q, zeros(second));
  }

  /** Returns rows of the points' directions and the one norm, {@code [F, d_out]}. */
  private Tensor archetypes(Sizes sizes, Optional<Tensor> given, SequencedMap<String, Tensor> all) {
    Tensor points =
        given.orElseThrow(
            () -> new IllegalArgumentException("an archetypal decoder needs points to mix"));
    if (points.size(1) != sizes.outputs() || points.size(0) < 2) {
      throw new IllegalArgumentException(
          "points are [%d, %d], need at least 2 of %d numbers"
              .formatted(points.size(0), points.size(1), sizes.outputs()));
    }
    int count = Math.toIntExact(points.size(0));
    float[] shares = new float[Math.multiplyExact(sizes.latents(), count)];
    RandomStream random = RandomStream.of(seed).stream("mix");
    for (int latent = 0; latent < sizes.latents(); latent++) {
      if (latent < count) {
        shares[latent * count + latent] = 1;
      } else {
        int one = random.nextInt(count);
        int other = (one + 1 + random.nextInt(count - 1)) % count;
        shares[latent * count + one] = 0.5f;
        shares[latent * count + other] = 0.5f;
      }
    }
    all.put(ParameterNames.W_MIX, TensorMemory.floats(shares, sizes.latents(), count));
    all.put(ParameterNames.RELAXATION, zeros(sizes.latents(), sizes.outputs()));
    all.put(ParameterNames.LOG_SCALE, zeros(1));
    all.put(ParameterNames.POINTS, points.clone());
    Tensor rows = Archetypes.rows(all::get);
    double norm = norms(rows).mean().item_double();
    if (!(norm > 0)) {
      throw new IllegalArgumentException("the points of an archetypal decoder are all 0");
    }
    all.get(ParameterNames.LOG_SCALE).fill_(new Scalar(Math.log(decoderNorm / norm)));
    return unit(rows).mul(new Scalar(decoderNorm));
  }

  /** Rows whose {@code parts} have the decoder's norm each. */
  private Tensor randomRows(String stream, int count, int width, int parts) {
    if (width % parts != 0) {
      throw new IllegalArgumentException(
          "rows of %d numbers cannot be cut into equal parts for %d hook points"
              .formatted(width, parts));
    }
    Tensor rows = TensorMemory.empty(ScalarType.Float, count, width);
    MemorySegment memory = TensorMemory.segment(rows);
    RandomStream.of(seed).stream(stream).fillNormal(memory, 1);
    int part = width / parts;
    for (long i = 0; i < (long) count * parts; i++) {
      DecoderRows.normalise(memory, i * part * Float.BYTES, part);
    }
    return rows.mul_(new Scalar(decoderNorm));
  }

  private Tensor router(int experts, int width) {
    Tensor rows = TensorMemory.empty(ScalarType.Float, experts, width);
    float bound = (float) (1 / Math.sqrt(width));
    RandomStream.of(seed).stream("router").fillUniform(TensorMemory.segment(rows), -bound, bound);
    return rows;
  }

  private static Tensor zeros(long... shape) {
    Tensor tensor = TensorMemory.empty(ScalarType.Float, shape);
    return tensor.zero_();
  }

  private static Tensor norms(Tensor rows) {
    return rows.norm(new ScalarOptional(new Scalar(2.0)), new long[] {1}, true);
  }

  /** Rows of norm 1; rows of 0 stay. */
  private static Tensor unit(Tensor rows) {
    Tensor norms = norms(rows);
    return rows.div(torch.where(norms.gt(new Scalar(0.0)), norms, torch.ones_like(norms)));
  }
}
