package org.sememe.models.decoder;

import static org.bytedeco.pytorch.global.torch.rms_norm;
import static org.bytedeco.pytorch.global.torch.scaled_dot_product_attention;
import static org.bytedeco.pytorch.global.torch.silu;
import static org.bytedeco.pytorch.global.torch.view_as_complex;
import static org.bytedeco.pytorch.global.torch.view_as_real;

import java.lang.foreign.MemorySegment;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.kernels.CausalAttention;
import org.sememe.kernels.GatedUnits;
import org.sememe.kernels.RootMeanSquareNorm;
import org.sememe.kernels.RotaryTurns;
import org.sememe.models.decoder.BlockWeights.Linear;
import org.sememe.tensors.TensorMemory;

/**
 * One block: {@code mid = pre + attention(norm(pre)); post = mid + mlp(norm(mid))}. Stateless over
 * its weights. Works in the caller's scope. What autograd records is done by libtorch alone; the
 * rest by kernels that go over memory once.
 */
final class DecoderBlock {
  /** Rows, and units of attention, below which another thread is not worth its start. */
  private static final int ROWS_A_THREAD = 32;

  private final DecoderConfig config;
  private final BlockWeights weights;
  private final DecoderHooks.BlockNames names;
  private final int layer;

  DecoderBlock(
      DecoderConfig config, BlockWeights weights, DecoderHooks.BlockNames names, int layer) {
    this.config = config;
    this.weights = weights;
    this.names = names;
    this.layer = layer;
  }

  /** From {@code hook_resid_pre} to {@code hook_resid_mid}, both {@code [b, t, d]}. */
  Tensor attention(Tensor residual, Pass pass) {
    Tensor before = pass.taps().pass(names.residPre(), residual);
    if (pass.taps().finished()) {
      return before;
    }
    Tensor z =
        pass.taps()
            .pass(
                names.z(),
                mixed(norm(config, before, weights.attentionNorm(), pass.recording()), pass));
    Tensor out = pass.taps().pass(names.attnOut(), linear(z, weights.attentionOut()));
    return pass.taps().pass(names.residMid(), before.add(out));
  }

  /** From {@code hook_resid_mid} to {@code hook_resid_post}, both {@code [b, t, d]}. */
  Tensor mlp(Tensor residual, Pass pass) {
    Tensor gateUp =
        linear(norm(config, residual, weights.mlpNorm(), pass.recording()), weights.gateUp());
    Tensor post = pass.taps().pass(names.mlpPost(), neurons(gateUp, pass.recording()));
    Tensor out = pass.taps().pass(names.mlpOut(), linear(post, weights.down()));
    return pass.taps().pass(names.residPost(), residual.add(out));
  }

  /** The gated neurons {@code [b, t, mlpWidth]}, over the gates unless autograd records. */
  private Tensor neurons(Tensor gateUp, boolean recording) {
    int width = config.mlpWidth();
    Tensor gate = gateUp.narrow(-1, 0, width);
    if (recording) {
      return silu(gate).mul(gateUp.narrow(-1, width, width));
    }
    MemorySegment rows = TensorMemory.segment(gateUp);
    RowParts.run(rows(gateUp), ROWS_A_THREAD, (from, to) -> GatedUnits.silu(rows, width, from, to));
    return gate;
  }

  /** The attended values of all heads, {@code [b, t, heads * headWidth]}. */
  private Tensor mixed(Tensor normed, Pass pass) {
    long b = normed.size(0);
    long t = normed.size(1);
    int heads = config.heads();
    int kvHeads = config.kvHeads();
    int width = config.headWidth();
    Tensor qkv = linear(normed, weights.qkv()).view(b, t, heads + 2L * kvHeads, width);
    Tensor turned = turned(qkv, pass);
    Tensor newKeys = turned.narrow(2, heads, kvHeads).transpose(1, 2);
    Tensor newValues = qkv.narrow(2, heads + kvHeads, kvHeads).transpose(1, 2);
    DecoderCache.Pair all =
        pass.cache()
            .map(cache -> cache.extend(layer, newKeys, newValues))
            .orElseGet(() -> new DecoderCache.Pair(newKeys, newValues));
    if (pass.mask().causal() && !pass.recording() && CausalAttention.fits(width)) {
      return attended(qkv); // whole sequences: all keys are among the new ones
    }
    double noDropout = 0;
    boolean grouped = heads != kvHeads;
    return scaled_dot_product_attention(
            turned.narrow(2, 0, heads).transpose(1, 2),
            all.keys(),
            all.values(),
            pass.mask().argument(),
            noDropout,
            pass.mask().causal(),
            new DoubleOptional(),
            grouped)
        .transpose(1, 2)
        .reshape(b, t, (long) heads * width);
  }

  /** Attention of whole sequences over queries, keys (both turned) and values as they lie. */
  private Tensor attended(Tensor qkv) {
    long b = qkv.size(0);
    long t = qkv.size(1);
    CausalAttention attention =
        new CausalAttention(
            Math.toIntExact(t), config.heads(), config.kvHeads(), config.headWidth());
    Tensor out =
        TensorMemory.empty(ScalarType.Float, b, t, (long) config.heads() * config.headWidth());
    MemorySegment in = TensorMemory.segment(qkv);
    MemorySegment to = TensorMemory.segment(out);
    int units = attention.units(Math.toIntExact(b));
    RowParts.run(units, 1, (first, end) -> attention.attend(in, to, first, end));
    return out;
  }

  /**
   * The queries and keys {@code [b, t, heads + kvHeads, headWidth]} with each adjacent pair turned
   * as a complex number: where they lie, unless autograd records.
   */
  private Tensor turned(Tensor qkv, Pass pass) {
    long b = qkv.size(0);
    long t = qkv.size(1);
    int h = config.heads() + config.kvHeads();
    int width = config.headWidth();
    Tensor heads = qkv.narrow(2, 0, h);
    if (pass.recording()) {
      Tensor pairs = view_as_complex(heads.view(b, t, h, width / 2, 2));
      return view_as_real(pairs.mul(pass.turns())).view(b, t, h, width);
    }
    Tensor angles = view_as_real(pass.turns());
    int period = Math.toIntExact(angles.size(0) * t);
    RotaryTurns kernel = new RotaryTurns(h + config.kvHeads(), h, width, period);
    MemorySegment rows = TensorMemory.segment(qkv);
    MemorySegment turns = TensorMemory.segment(angles);
    RowParts.run(
        Math.toIntExact(b * t), ROWS_A_THREAD, (from, to) -> kernel.apply(rows, turns, from, to));
    return heads;
  }

  static Tensor norm(DecoderConfig config, Tensor x, Tensor weight, boolean recording) {
    int width = config.width();
    if (recording) {
      return rms_norm(
          x, new long[] {width}, new TensorOptional(weight), new DoubleOptional(config.normEps()));
    }
    Tensor whole = x.contiguous();
    Tensor normed = TensorMemory.empty(ScalarType.Float, TensorMemory.shape(whole));
    MemorySegment in = TensorMemory.segment(whole);
    MemorySegment scale = TensorMemory.segment(weight);
    MemorySegment out = TensorMemory.segment(normed);
    RowParts.run(
        rows(whole),
        ROWS_A_THREAD,
        (from, to) -> RootMeanSquareNorm.apply(in, scale, out, width, config.normEps(), from, to));
    return normed;
  }

  private static int rows(Tensor x) {
    return Math.toIntExact(x.numel() / x.size(-1));
  }

  private static Tensor linear(Tensor x, Linear linear) {
    return torch.linear(
        x, linear.weight(), linear.bias().map(TensorOptional::new).orElseGet(TensorOptional::new));
  }
}
