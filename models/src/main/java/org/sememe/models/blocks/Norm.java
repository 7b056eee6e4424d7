package org.sememe.models.blocks;

import static org.bytedeco.pytorch.global.torch.layer_norm;
import static org.bytedeco.pytorch.global.torch.rms_norm;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.kernels.RootMeanSquareNorm;
import org.sememe.tensors.TensorMemory;

/**
 * A norm over the last dimension: {@code x / scale * weight + bias}. Stateless over its weights,
 * which are the model's.
 *
 * @param kind what is divided, and by what
 * @param eps added to the mean square
 * @param weight {@code [width]}
 * @param bias {@code [width]}, where it has one
 */
public record Norm(Kind kind, double eps, Tensor weight, Optional<Tensor> bias) {
  /** Rows below which another thread is not worth its start. */
  private static final int ROWS_A_THREAD = 32;

  /** What is divided, and by what. */
  public enum Kind {
    /** The input, by the root of its mean square. */
    RMS,
    /** The centred input, by its standard deviation. */
    LAYER
  }

  /**
   * A norm's hook points: {@code hook_scale}, the denominator {@code [b, t, 1]}, and {@code
   * hook_normalized}, before weight and bias.
   */
  public record Names(String scale, String normalized) {
    /** Adds a norm's points to the index. */
    public static Names add(HookIndex index, String norm, int layer, int width) {
      return new Names(
          index.add(norm + ".hook_scale", layer, 1),
          index.add(norm + ".hook_normalized", layer, width));
    }
  }

  /** The norm of x with its hook points. */
  public Tensor apply(Tensor x, Names names, Taps taps, boolean recording) {
    if (!taps.any(names.scale(), names.normalized())) {
      return apply(x, recording);
    }
    Tensor centred = kind == Kind.LAYER ? x.sub(mean(x)) : x;
    Tensor scale = taps.pass(names.scale(), mean(centred.square()).add(new Scalar(eps)).sqrt());
    Tensor scaled = taps.pass(names.normalized(), centred.div(scale)).mul(weight);
    return bias.map(scaled::add).orElse(scaled);
  }

  /** What the norm does to a direction but for its scale: centred if it centres, times weight. */
  public Tensor linearPart(Tensor x) {
    return (kind == Kind.LAYER ? x.sub(mean(x)) : x).mul(weight);
  }

  private static Tensor mean(Tensor x) {
    return x.sum(new long[] {-1}, true, new ScalarTypeOptional())
        .div(new Scalar((double) x.size(-1)));
  }

  /** The norm of x, in one pass over memory unless autograd records. */
  public Tensor apply(Tensor x, boolean recording) {
    long[] last = {x.size(-1)};
    if (kind == Kind.LAYER) {
      return layer_norm(
          x,
          last,
          new TensorOptional(weight),
          bias.map(TensorOptional::new).orElseGet(TensorOptional::new),
          eps,
          /* cudnn_enable= */ false);
    }
    if (recording || bias.isPresent()) {
      Tensor scaled = rms_norm(x, last, new TensorOptional(weight), new DoubleOptional(eps));
      return bias.map(scaled::add).orElse(scaled);
    }
    Tensor whole = x.contiguous();
    Tensor normed = TensorMemory.empty(ScalarType.Float, TensorMemory.shape(whole));
    MemorySegment in = TensorMemory.segment(whole);
    MemorySegment scale = TensorMemory.segment(weight);
    MemorySegment out = TensorMemory.segment(normed);
    int width = Math.toIntExact(last[0]);
    int rows = Math.toIntExact(whole.numel() / width);
    RowParts.run(
        rows,
        ROWS_A_THREAD,
        (from, to) -> RootMeanSquareNorm.apply(in, scale, out, width, eps, from, to));
    return normed;
  }

  /** Its tensors. */
  public Stream<Tensor> tensors() {
    return Stream.concat(Stream.of(weight), bias.stream());
  }
}
