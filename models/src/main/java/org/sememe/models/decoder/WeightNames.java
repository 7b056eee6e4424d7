package org.sememe.models.decoder;

import java.util.List;
import java.util.Optional;

/**
 * Where a family's files keep the weights, and how. A bias is named as its weight with {@code
 * .bias} at the end.
 *
 * @param prefix what names begin with, and may lack in files of the bare network
 * @param positions embeddings of positions, where the family has them
 */
record WeightNames(
    String prefix,
    String embedding,
    Optional<String> positions,
    String finalNorm,
    String head,
    Block block,
    Storage storage) {
  /**
   * The names in a block; {@code #} stands for the layer's number.
   *
   * @param qkv queries, keys, values: three matrices, or one that joins them
   * @param up the gate, if there is one, and the matrix beside it: two, or one that joins them
   */
  record Block(
      String attentionNorm,
      List<String> qkv,
      Optional<HeadNorms> headNorms,
      String attentionOut,
      Optional<String> attentionPostNorm,
      String mlpNorm,
      List<String> up,
      String down,
      Optional<String> mlpPostNorm) {}

  /** The norms of a head's queries and keys. */
  record HeadNorms(String query, String key) {}

  /**
   * How weights lie in the file.
   *
   * @param transposed whether matrices are {@code [in, out]}
   * @param perHead whether the joined matrix has query, key and value of one head together
   * @param adjacent whether query and key rows of a head lie in adjacent rotary pairs, not in
   *     halves
   * @param biased whether every matrix has a bias; otherwise those that the file has are used
   * @param normOffset what is added to the norms' weights
   */
  record Storage(
      boolean transposed, boolean perHead, boolean adjacent, boolean biased, double normOffset) {
    /** Matrices {@code [out, in]}, heads in halves, biases where the file has them. */
    static final Storage PLAIN = new Storage(false, false, false, false, 0);

    /** Llama's GGUF files. */
    static final Storage ADJACENT = new Storage(false, false, true, false, 0);

    /** Norms store their weight's distance from 1. */
    static final Storage FROM_ONE = new Storage(false, false, false, false, 1);
  }

  private static final Block LLAMA_BLOCK =
      new Block(
          "model.layers.#.input_layernorm.weight",
          List.of(
              "model.layers.#.self_attn.q_proj.weight",
              "model.layers.#.self_attn.k_proj.weight",
              "model.layers.#.self_attn.v_proj.weight"),
          Optional.empty(),
          "model.layers.#.self_attn.o_proj.weight",
          Optional.empty(),
          "model.layers.#.post_attention_layernorm.weight",
          List.of("model.layers.#.mlp.gate_proj.weight", "model.layers.#.mlp.up_proj.weight"),
          "model.layers.#.mlp.down_proj.weight",
          Optional.empty());

  private static final HeadNorms HEAD_NORMS =
      new HeadNorms(
          "model.layers.#.self_attn.q_norm.weight", "model.layers.#.self_attn.k_norm.weight");

  /** Hugging Face folders of Llama and the families that took over its names. */
  static final WeightNames LLAMA = likeLlama(LLAMA_BLOCK, Storage.PLAIN);

  /** Llama's names, with norms of queries and keys. */
  static final WeightNames QWEN3 =
      likeLlama(
          new Block(
              LLAMA_BLOCK.attentionNorm(),
              LLAMA_BLOCK.qkv(),
              Optional.of(HEAD_NORMS),
              LLAMA_BLOCK.attentionOut(),
              Optional.empty(),
              LLAMA_BLOCK.mlpNorm(),
              LLAMA_BLOCK.up(),
              LLAMA_BLOCK.down(),
              Optional.empty()),
          Storage.PLAIN);

  /** Llama's names, with joined matrices. */
  static final WeightNames PHI3 =
      likeLlama(
          new Block(
              LLAMA_BLOCK.attentionNorm(),
              List.of("model.layers.#.self_attn.qkv_proj.weight"),
              Optional.empty(),
              LLAMA_BLOCK.attentionOut(),
              Optional.empty(),
              LLAMA_BLOCK.mlpNorm(),
              List.of("model.layers.#.mlp.gate_up_proj.weight"),
              LLAMA_BLOCK.down(),
              Optional.empty()),
          Storage.PLAIN);

  /** Four norms a block. */
  static final WeightNames GEMMA2 = likeGemma(Optional.empty());

  /** Four norms a block, and norms of queries and keys. */
  static final WeightNames GEMMA3 = likeGemma(Optional.of(HEAD_NORMS));

  /** GPT-2's, with or without {@code transformer.}. */
  static final WeightNames GPT2 =
      new WeightNames(
          "transformer.",
          "transformer.wte.weight",
          Optional.of("transformer.wpe.weight"),
          "transformer.ln_f.weight",
          "lm_head.weight",
          new Block(
              "transformer.h.#.ln_1.weight",
              List.of("transformer.h.#.attn.c_attn.weight"),
              Optional.empty(),
              "transformer.h.#.attn.c_proj.weight",
              Optional.empty(),
              "transformer.h.#.ln_2.weight",
              List.of("transformer.h.#.mlp.c_fc.weight"),
              "transformer.h.#.mlp.c_proj.weight",
              Optional.empty()),
          new Storage(true, false, false, true, 0));

  /** GPT-NeoX's, Pythia's among them. */
  static final WeightNames GPT_NEOX =
      new WeightNames(
          "gpt_neox.",
          "gpt_neox.embed_in.weight",
          Optional.empty(),
          "gpt_neox.final_layer_norm.weight",
          "embed_out.weight",
          new Block(
              "gpt_neox.layers.#.input_layernorm.weight",
              List.of("gpt_neox.layers.#.attention.query_key_value.weight"),
              Optional.empty(),
              "gpt_neox.layers.#.attention.dense.weight",
              Optional.empty(),
              "gpt_neox.layers.#.post_attention_layernorm.weight",
              List.of("gpt_neox.layers.#.mlp.dense_h_to_4h.weight"),
              "gpt_neox.layers.#.mlp.dense_4h_to_h.weight",
              Optional.empty()),
          new Storage(false, true, false, false, 0));

  private static WeightNames likeLlama(Block block, Storage storage) {
    return new WeightNames(
        "model.",
        "model.embed_tokens.weight",
        Optional.empty(),
        "model.norm.weight",
        "lm_head.weight",
        block,
        storage);
  }

  private static WeightNames likeGemma(Optional<HeadNorms> headNorms) {
    return likeLlama(
        new Block(
            LLAMA_BLOCK.attentionNorm(),
            LLAMA_BLOCK.qkv(),
            headNorms,
            LLAMA_BLOCK.attentionOut(),
            Optional.of("model.layers.#.post_attention_layernorm.weight"),
            "model.layers.#.pre_feedforward_layernorm.weight",
            LLAMA_BLOCK.up(),
            LLAMA_BLOCK.down(),
            Optional.of("model.layers.#.post_feedforward_layernorm.weight")),
        Storage.FROM_ONE);
  }

  /** A block's name for one layer. */
  static String at(String name, int layer) {
    return name.replace("#", Integer.toString(layer));
  }
}
