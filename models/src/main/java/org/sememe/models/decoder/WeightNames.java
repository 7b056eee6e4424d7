package org.sememe.models.decoder;

/**
 * Where a family's files keep the weights of the block, and in which order they keep a head's rows.
 * In a block's names {@code #} stands for the layer's number. A bias is named as its weight with
 * {@code .bias} at the end, and is used where the file has it.
 *
 * @param rotaryOrder how query and key rows of a head are ordered
 */
record WeightNames(
    String embedding,
    String finalNorm,
    String head,
    String attentionNorm,
    String query,
    String key,
    String value,
    String attentionOut,
    String mlpNorm,
    String gate,
    String up,
    String down,
    RotaryOrder rotaryOrder) {
  /** Which two rows of a head make a rotary pair. */
  enum RotaryOrder {
    /** Rows 2i and 2i + 1. */
    ADJACENT,
    /** Rows i and i + half of the turned rows. */
    HALVES
  }

  /** GGUF files of the llama architecture; their query and key rows lie in rotary pairs. */
  static final WeightNames GGUF_LLAMA =
      new WeightNames(
          "token_embd.weight",
          "output_norm.weight",
          "output.weight",
          "blk.#.attn_norm.weight",
          "blk.#.attn_q.weight",
          "blk.#.attn_k.weight",
          "blk.#.attn_v.weight",
          "blk.#.attn_output.weight",
          "blk.#.ffn_norm.weight",
          "blk.#.ffn_gate.weight",
          "blk.#.ffn_up.weight",
          "blk.#.ffn_down.weight",
          RotaryOrder.ADJACENT);

  /** Hugging Face folders of Llama and the families that took over its names. */
  static final WeightNames HUGGING_FACE_LLAMA =
      new WeightNames(
          "model.embed_tokens.weight",
          "model.norm.weight",
          "lm_head.weight",
          "model.layers.#.input_layernorm.weight",
          "model.layers.#.self_attn.q_proj.weight",
          "model.layers.#.self_attn.k_proj.weight",
          "model.layers.#.self_attn.v_proj.weight",
          "model.layers.#.self_attn.o_proj.weight",
          "model.layers.#.post_attention_layernorm.weight",
          "model.layers.#.mlp.gate_proj.weight",
          "model.layers.#.mlp.up_proj.weight",
          "model.layers.#.mlp.down_proj.weight",
          RotaryOrder.HALVES);

  /** A block's name for one layer. */
  static String at(String name, int layer) {
    return name.replace("#", Integer.toString(layer));
  }

  /** The name of the bias beside a weight. */
  static String bias(String weight) {
    return weight.substring(0, weight.length() - "weight".length()) + "bias";
  }
}
