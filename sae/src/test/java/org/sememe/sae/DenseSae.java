package org.sememe.sae;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;

/**
 * A dictionary computed densely by libtorch, the oracle of {@link Encoder}, and the random
 * dictionaries that it is compared on. All their numbers are small multiples of an eighth, so that
 * sums are exact in whatever order they are made: results must agree to the bit, equal values come
 * often, and thresholds are met exactly.
 */
record DenseSae(Sae sae) {
  static Sae random(RandomStream random, SaeConfig config) {
    long d = config.width();
    long f = config.latents();
    return new Sae(
        config,
        eighths(random, f, d),
        eighths(random, f),
        eighths(random, f, d),
        eighths(random, d),
        config.sparsity() instanceof Sparsity.JumpRelu
            ? Optional.of(eighths(random, f))
            : Optional.empty());
  }

  static SaeConfig config(int width, int latents, Sparsity sparsity, boolean subtract) {
    return new SaeConfig(width, latents, sparsity, subtract, "", "", 1, Map.of());
  }

  /** Multiples of 1/8 from -1 to 1. */
  static Tensor eighths(RandomStream random, long... shape) {
    long count = 1;
    for (long size : shape) {
      count *= size;
    }
    float[] values = new float[Math.toIntExact(count)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (random.nextInt(17) - 8) / 8f;
    }
    return TensorMemory.floats(values, shape);
  }

  /** {@code [n, F]} for {@code x [n, d]}. */
  Tensor preActivations(Tensor x) {
    Tensor input = sae.config().subtractDecoderBias() ? x.sub(sae.decoderBias()) : x;
    return input.matmul(sae.encoder().t()).add(sae.encoderBias());
  }

  /** {@code [n, F]}, 0 where a latent is not active. */
  Tensor activations(Tensor x) {
    Tensor positive = torch.relu(preActivations(x));
    return switch (sae.config().sparsity()) {
      case Sparsity.Relu() -> positive;
      case Sparsity.JumpRelu() -> positive.mul(positive.gt(sae.thresholds().orElseThrow()));
      case Sparsity.TopK(int k) -> {
        // A stable sort: of equal values the lower latent comes first. topk leaves that open.
        T_TensorTensor_T sorted = torch.sort(positive, new BoolOptional(true), 1, true);
        Tensor best = sorted.get1().narrow(1, 0, k);
        requireSame(sorted.get0().narrow(1, 0, k), torch.topk(positive, k, 1, true, true).get0());
        yield torch.scatter(positive.mul(new Scalar(0f)), 1, best, sorted.get0().narrow(1, 0, k));
      }
      default -> throw new IllegalArgumentException("no oracle of " + sae.config().sparsity());
    };
  }

  private static void requireSame(Tensor sorted, Tensor topK) {
    if (!sorted.equal(topK)) {
      throw new AssertionError("the oracle disagrees with torch.topk");
    }
  }

  /** {@code [n, d]} of dense activations {@code [n, F]}. */
  Tensor reconstructions(Tensor activations) {
    return activations.matmul(sae.decoder()).add(sae.decoderBias());
  }

  /** Sparse codes as a dense {@code [rows, F]}. */
  float[] dense(SparseCodes codes) {
    int latents = sae.config().latents();
    return rows(
        codes.rows(),
        latents,
        row -> {
          float[] values = new float[latents];
          for (int place = 0; place < codes.k(); place++) {
            values[codes.latent(row, place)] = codes.value(row, place);
          }
          return values;
        });
  }

  /** Active latents as a dense {@code [rows, F]}. */
  float[] dense(List<ActiveLatents> found) {
    int latents = sae.config().latents();
    return rows(
        found.size(),
        latents,
        row -> {
          float[] values = new float[latents];
          ActiveLatents active = found.get(row);
          for (int i = 0; i < active.latents().length; i++) {
            values[active.latents()[i]] = active.activations()[i];
          }
          return values;
        });
  }

  private static float[] rows(int count, int width, IntFunction<float[]> row) {
    float[] all = new float[count * width];
    for (int i = 0; i < count; i++) {
      System.arraycopy(row.apply(i), 0, all, i * width, width);
    }
    return all;
  }
}
