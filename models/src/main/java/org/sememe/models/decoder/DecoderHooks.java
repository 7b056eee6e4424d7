package org.sememe.models.decoder;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.sememe.models.HookPoint;
import org.sememe.models.blocks.HookIndex;
import org.sememe.models.blocks.Norm;

/** A decoder's hook points, and the paths of its modules as aliases of what they return. */
final class DecoderHooks {
  /**
   * The points of one block in order. Those that a family lacks are empty; what a model without
   * rotary positions has of {@code rotQ} and {@code rotK} is empty too.
   */
  record BlockNames(
      String residPre,
      Norm.Names attentionNorm,
      String q,
      String k,
      String v,
      Optional<String> qNorm,
      Optional<String> kNorm,
      Optional<String> rotQ,
      Optional<String> rotK,
      String scores,
      String pattern,
      String z,
      String attnOut,
      Optional<String> residMid,
      Norm.Names mlpNorm,
      String mlpPre,
      Optional<String> mlpPreLinear,
      String mlpPost,
      String mlpOut,
      String residPost) {}

  private final HookIndex index;
  private final DecoderConfig config;
  private final WeightNames names;
  private final Optional<String> positions;
  private final List<BlockNames> blocks = new ArrayList<>();
  private final Norm.Names finalNorm;
  private final String finalOut;

  /**
   * @param names a Hugging Face folder's names of this family, which say what parts it has and what
   *     its modules are called
   */
  DecoderHooks(DecoderConfig config, WeightNames names) {
    this.index = new HookIndex(config.layers());
    this.config = config;
    this.names = names;
    int d = config.width();
    index.add(HookPoint.EMBED, -1, d);
    this.positions = names.positions().map(name -> index.add("hook_pos_embed", -1, d));
    for (int layer = 0; layer < config.layers(); layer++) {
      blocks.add(added(layer));
    }
    this.finalNorm = Norm.Names.add(index, "ln_final", config.layers(), d);
    this.finalOut = index.add("ln_final.hook_out", config.layers(), d);
    index.add(HookPoint.LOGITS, config.layers(), config.vocabulary());
    aliases();
  }

  private BlockNames added(int layer) {
    String block = "blocks." + layer + ".";
    String attention = block + "attn.";
    int d = config.width();
    int queries = config.heads() * config.headWidth();
    int keys = config.kvHeads() * config.headWidth();
    boolean headNorms = names.block().headNorms().isPresent();
    boolean rotary = config.attention().turned() > 0;
    return new BlockNames(
        index.add(block + "hook_resid_pre", layer, d),
        Norm.Names.add(index, block + "ln1", layer, d),
        index.add(attention + "hook_q", layer, queries),
        index.add(attention + "hook_k", layer, keys),
        index.add(attention + "hook_v", layer, keys),
        addIf(headNorms, attention + "q_norm.hook_out", layer, queries),
        addIf(headNorms, attention + "k_norm.hook_out", layer, keys),
        addIf(rotary, attention + "hook_rot_q", layer, queries),
        addIf(rotary, attention + "hook_rot_k", layer, keys),
        index.addScores(attention + "hook_attn_scores", layer, config.heads()),
        index.addScores(attention + "hook_pattern", layer, config.heads()),
        index.add(attention + "hook_z", layer, queries),
        index.add(block + "hook_attn_out", layer, d),
        addIf(!config.mlp().parallel(), block + "hook_resid_mid", layer, d),
        Norm.Names.add(index, block + "ln2", layer, d),
        index.add(block + "mlp.hook_pre", layer, config.mlpWidth()),
        addIf(config.mlp().gated(), block + "mlp.hook_pre_linear", layer, config.mlpWidth()),
        index.add(block + "mlp.hook_post", layer, config.mlpWidth()),
        index.add(block + "hook_mlp_out", layer, d),
        index.add(block + "hook_resid_post", layer, d));
  }

  private Optional<String> addIf(boolean has, String name, int layer, long width) {
    return has ? Optional.of(index.add(name, layer, width)) : Optional.empty();
  }

  /** A module's path is that of its weight; a block's parts and the block hold such modules. */
  private void aliases() {
    WeightNames.Block block = names.block();
    for (int layer = 0; layer < config.layers(); layer++) {
      BlockNames points = blocks.get(layer);
      String attention = module(block.attentionOut(), layer);
      String mlp = module(block.down(), layer);
      alias(parent(parent(attention)), points.residPost());
      if (block.attentionPostNorm().isPresent()) {
        alias(module(block.attentionPostNorm().get(), layer), points.attnOut());
        alias(module(block.mlpPostNorm().orElseThrow(), layer), points.mlpOut());
      } else {
        alias(attention, points.attnOut());
        alias(parent(attention), points.attnOut());
        alias(mlp, points.mlpOut());
        alias(parent(mlp), points.mlpOut());
      }
      List<String> qkv = block.qkv();
      if (qkv.size() == 3) {
        alias(module(qkv.get(0), layer), points.q());
        alias(module(qkv.get(1), layer), points.k());
        alias(module(qkv.get(2), layer), points.v());
      }
      if (block.up().size() == (points.mlpPreLinear().isPresent() ? 2 : 1)) {
        alias(module(block.up().getFirst(), layer), points.mlpPre());
        String beside = module(block.up().getLast(), layer);
        points.mlpPreLinear().ifPresent(point -> alias(beside, point));
      }
    }
    if (config.ends().embeddingScale() == 1) {
      alias(module(names.embedding(), 0), HookPoint.EMBED);
    }
    positions.ifPresent(point -> alias(module(names.positions().orElseThrow(), 0), point));
    alias(module(names.finalNorm(), 0), finalOut);
    if (config.ends().logitCap().isEmpty()) {
      alias(module(names.head(), 0), HookPoint.LOGITS);
    }
  }

  /** With and without the prefix: some count from the bare network. */
  private void alias(String path, String point) {
    index.alias(path, point);
    if (path.startsWith(names.prefix())) {
      index.alias(path.substring(names.prefix().length()), point);
    }
  }

  private static String module(String weight, int layer) {
    return parent(WeightNames.at(weight, layer));
  }

  private static String parent(String path) {
    return path.substring(0, path.lastIndexOf('.'));
  }

  HookIndex index() {
    return index;
  }

  /** The point of learned positions. */
  Optional<String> positions() {
    return positions;
  }

  /** The names of one block's points. */
  BlockNames block(int layer) {
    return blocks.get(layer);
  }

  Norm.Names finalNorm() {
    return finalNorm;
  }

  /** The point of the last norm's result. */
  String finalOut() {
    return finalOut;
  }

  /** The ordinal of the last block's last point. */
  int lastOfBlocks() {
    return index.ordinal(blocks.getLast().residPost());
  }
}
