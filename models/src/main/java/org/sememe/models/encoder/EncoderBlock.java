package org.sememe.models.encoder;

import java.util.OptionalDouble;
import org.bytedeco.pytorch.Tensor;
import org.sememe.models.blocks.Activation;
import org.sememe.models.blocks.Attention;
import org.sememe.models.blocks.AttentionMask;
import org.sememe.models.blocks.Taps;

/**
 * One block: {@code mid = norm(pre + attention(pre)); post = norm(mid + mlp(mid))}. Stateless over
 * its weights. Works in the caller's scope.
 */
final class EncoderBlock {
  private final EncoderWeights.Block weights;
  private final EncoderHooks.BlockNames names;
  private final Activation activation;
  private final int heads;
  private final int headWidth;
  private final Attention attention;

  EncoderBlock(EncoderConfig config, EncoderWeights.Block weights, EncoderHooks.BlockNames names) {
    this.weights = weights;
    this.names = names;
    this.activation = config.activation();
    this.heads = config.heads();
    this.headWidth = config.headWidth();
    this.attention =
        new Attention(
            1 / Math.sqrt(headWidth), OptionalDouble.empty(), names.scores(), names.pattern());
  }

  /** From {@code hook_resid_pre} to {@code hook_normalized_resid_post}, both {@code [b, t, d]}. */
  Tensor apply(Tensor residual, AttentionMask mask, Taps taps, boolean recording) {
    Tensor before = taps.pass(names.residPre(), residual);
    if (taps.finished()) {
      return before;
    }
    Tensor attended =
        taps.pass(names.attnOut(), weights.attentionOut().apply(z(before, mask, taps)));
    Tensor sum = taps.pass(names.residMid(), before.add(attended));
    Tensor mid = weights.attentionNorm().apply(sum, names.attentionNorm(), taps, recording);
    Tensor pre = taps.pass(names.mlpPre(), weights.up().apply(mid));
    Tensor post = taps.pass(names.mlpPost(), activation.apply(pre));
    Tensor out = taps.pass(names.mlpOut(), weights.down().apply(post));
    Tensor after = taps.pass(names.residPost(), mid.add(out));
    Tensor normed = weights.mlpNorm().apply(after, names.mlpNorm(), taps, recording);
    return taps.pass(names.normalizedResidPost(), normed);
  }

  private Tensor z(Tensor before, AttentionMask mask, Taps taps) {
    long width = (long) heads * headWidth;
    Tensor qkv = weights.qkv().apply(before);
    Tensor values =
        attention.attend(
            heads(taps.pass(names.q(), qkv.narrow(-1, 0, width))),
            heads(taps.pass(names.k(), qkv.narrow(-1, width, width))),
            heads(taps.pass(names.v(), qkv.narrow(-1, 2 * width, width))),
            mask,
            taps);
    return taps.pass(names.z(), values);
  }

  /** From {@code [b, t, d]} to {@code [b, heads, t, headWidth]}. */
  private Tensor heads(Tensor flat) {
    return flat.reshape(flat.size(0), flat.size(1), heads, headWidth).transpose(1, 2);
  }
}
