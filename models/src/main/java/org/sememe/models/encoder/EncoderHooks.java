package org.sememe.models.encoder;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.sememe.models.HookPoint;
import org.sememe.models.blocks.HookIndex;
import org.sememe.models.blocks.Norm;

/** A BERT's hook points, in the meaning of TransformerLens's HookedEncoder. */
final class EncoderHooks {
  static final String POSITIONS = "hook_pos_embed";
  static final String SEGMENTS = "hook_token_type_embed";

  /** The points of one block in order. */
  record BlockNames(
      String residPre,
      String q,
      String k,
      String v,
      String scores,
      String pattern,
      String z,
      String attnOut,
      String residMid,
      Norm.Names attentionNorm,
      String mlpPre,
      String mlpPost,
      String mlpOut,
      String residPost,
      Norm.Names mlpNorm,
      String normalizedResidPost) {}

  /** The points of the head of masked words. */
  record HeadNames(String dense, Norm.Names norm, String out) {}

  private final HookIndex index;
  private final List<BlockNames> blocks = new ArrayList<>();
  private final Optional<HeadNames> head;

  EncoderHooks(EncoderConfig config, boolean hasHead) {
    int d = config.width();
    int layers = config.layers();
    this.index = new HookIndex(layers);
    index.add(HookPoint.EMBED, -1, d);
    index.add(SEGMENTS, -1, d);
    index.add(POSITIONS, -1, d);
    for (int layer = 0; layer < layers; layer++) {
      blocks.add(added(config, layer));
    }
    this.head =
        hasHead
            ? Optional.of(
                new HeadNames(
                    index.add("mlm_head.hook_out", layers, d),
                    Norm.Names.add(index, "ln_final", layers, d),
                    index.add("ln_final.hook_out", layers, d)))
            : Optional.empty();
    if (hasHead) {
      index.add(HookPoint.LOGITS, layers, config.vocabulary());
    }
  }

  private BlockNames added(EncoderConfig config, int layer) {
    String block = "blocks." + layer + ".";
    String attention = block + "attn.";
    int d = config.width();
    BlockNames names =
        new BlockNames(
            index.add(block + "hook_resid_pre", layer, d),
            index.add(attention + "hook_q", layer, d),
            index.add(attention + "hook_k", layer, d),
            index.add(attention + "hook_v", layer, d),
            index.addScores(attention + "hook_attn_scores", layer, config.heads()),
            index.addScores(attention + "hook_pattern", layer, config.heads()),
            index.add(attention + "hook_z", layer, d),
            index.add(block + "hook_attn_out", layer, d),
            index.add(block + "hook_resid_mid", layer, d),
            Norm.Names.add(index, block + "ln1", layer, d),
            index.add(block + "mlp.hook_pre", layer, config.mlpWidth()),
            index.add(block + "mlp.hook_post", layer, config.mlpWidth()),
            index.add(block + "hook_mlp_out", layer, d),
            index.add(block + "hook_resid_post", layer, d),
            Norm.Names.add(index, block + "ln2", layer, d),
            index.add(block + "hook_normalized_resid_post", layer, d));
    for (String prefix : List.of("", "bert.")) {
      String module = prefix + "encoder.layer." + layer;
      index.alias(module, names.normalizedResidPost());
      index.alias(module + ".attention.self", names.z());
      index.alias(module + ".attention.output.dense", names.attnOut());
      index.alias(module + ".intermediate.dense", names.mlpPre());
      index.alias(module + ".intermediate", names.mlpPost());
      index.alias(module + ".output.dense", names.mlpOut());
      index.alias(module + ".output", names.normalizedResidPost());
    }
    return names;
  }

  HookIndex index() {
    return index;
  }

  BlockNames block(int layer) {
    return blocks.get(layer);
  }

  /** The points of the head, where the model has one. */
  Optional<HeadNames> head() {
    return head;
  }

  /** The last block's output. */
  String last() {
    return blocks.getLast().normalizedResidPost();
  }
}
