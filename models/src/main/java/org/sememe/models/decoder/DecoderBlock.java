package org.sememe.models.decoder;

import static org.bytedeco.pytorch.global.torch.rms_norm;
import static org.bytedeco.pytorch.global.torch.scaled_dot_product_attention;
import static org.bytedeco.pytorch.global.torch.silu;
import static org.bytedeco.pytorch.global.torch.silu_;
import static org.bytedeco.pytorch.global.torch.view_as_complex;
import static org.bytedeco.pytorch.global.torch.view_as_real;

import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.sememe.models.decoder.BlockWeights.Linear;

/**
 * One block: {@code mid = pre + attention(norm(pre)); post = mid + mlp(norm(mid))}. Stateless over
 * its weights. Works in the caller's scope.
 */
final class DecoderBlock {
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
        pass.taps().pass(names.z(), mixed(norm(config, before, weights.attentionNorm()), pass));
    Tensor out = pass.taps().pass(names.attnOut(), linear(z, weights.attentionOut()));
    return pass.taps().pass(names.residMid(), before.add(out));
  }

  /** From {@code hook_resid_mid} to {@code hook_resid_post}, both {@code [b, t, d]}. */
  Tensor mlp(Tensor residual, Pass pass) {
    Tensor gateUp = linear(norm(config, residual, weights.mlpNorm()), weights.gateUp());
    Tensor gate = gateUp.narrow(-1, 0, config.mlpWidth());
    Tensor up = gateUp.narrow(-1, config.mlpWidth(), config.mlpWidth());
    Tensor neurons = pass.recording() ? silu(gate).mul(up) : silu_(gate).mul_(up);
    Tensor post = pass.taps().pass(names.mlpPost(), neurons);
    Tensor out = pass.taps().pass(names.mlpOut(), linear(post, weights.down()));
    return pass.taps().pass(names.residPost(), residual.add(out));
  }

  /** The attended values of all heads, {@code [b, t, heads * headWidth]}. */
  private Tensor mixed(Tensor normed, Pass pass) {
    long b = normed.size(0);
    long t = normed.size(1);
    int heads = config.heads();
    int kvHeads = config.kvHeads();
    int width = config.headWidth();
    Tensor qkv = linear(normed, weights.qkv()).view(b, t, heads + 2L * kvHeads, width);
    Tensor turned = turned(qkv.narrow(2, 0, heads + kvHeads), pass);
    Tensor queries = turned.narrow(2, 0, heads).transpose(1, 2);
    Tensor newKeys = turned.narrow(2, heads, kvHeads).transpose(1, 2);
    Tensor newValues = qkv.narrow(2, heads + kvHeads, kvHeads).transpose(1, 2);
    DecoderCache.Pair all =
        pass.cache()
            .map(cache -> cache.extend(layer, newKeys, newValues))
            .orElseGet(() -> new DecoderCache.Pair(newKeys, newValues));
    double noDropout = 0;
    boolean grouped = heads != kvHeads;
    return scaled_dot_product_attention(
            queries,
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

  /**
   * Queries and keys {@code [b, t, h, headWidth]} with each adjacent pair turned: the pairs are
   * read as complex numbers. In place unless autograd records.
   */
  private Tensor turned(Tensor heads, Pass pass) {
    long b = heads.size(0);
    long t = heads.size(1);
    long h = heads.size(2);
    int width = config.headWidth();
    Tensor pairs = view_as_complex(heads.view(b, t, h, width / 2, 2));
    Tensor turned = pass.recording() ? pairs.mul(pass.turns()) : pairs.mul_(pass.turns());
    return view_as_real(turned).view(b, t, h, width);
  }

  static Tensor norm(DecoderConfig config, Tensor x, Tensor weight) {
    return rms_norm(
        x,
        new long[] {config.width()},
        new TensorOptional(weight),
        new DoubleOptional(config.normEps()));
  }

  private static Tensor linear(Tensor x, Linear linear) {
    return torch.linear(
        x, linear.weight(), linear.bias().map(TensorOptional::new).orElseGet(TensorOptional::new));
  }
}
