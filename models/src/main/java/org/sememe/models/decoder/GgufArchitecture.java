package org.sememe.models.decoder;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.sememe.models.blocks.Activation;
import org.sememe.models.blocks.Norm;
import org.sememe.models.decoder.WeightNames.Block;
import org.sememe.models.decoder.WeightNames.HeadNorms;
import org.sememe.models.decoder.WeightNames.Storage;

/**
 * An architecture as GGUF files keep it: tensors by the names of llama.cpp ({@code TENSOR_NAMES} in
 * its {@code gguf-py/gguf/constants.py}), changed as its conversion changes them ({@code
 * conversion/llama.py}, {@code gemma.py}, {@code phi.py}, {@code gpt2.py}, {@code gptneox.py}):
 *
 * <ul>
 *   <li>query and key rows of llama and smollm3 lie in adjacent rotary pairs, all others' in halves
 *   <li>gemma's norms have 1 added to the weights
 *   <li>phi3 keeps queries, keys and values joined, and gate and up as one {@code ffn_up}
 *   <li>gpt2's matrices are transposed; gptneox's joined matrix has all queries, then all keys
 * </ul>
 *
 * @param names of the weights in the file
 * @param modules in Hugging Face's implementation, for aliases of hook points
 * @param norm the kind of norms, which decides the key of their epsilon
 * @param activation of the MLP. The file does not say; it is the family's own, so exact GELU for
 *     gptneox, where llama.cpp computes its approximation
 * @param gated whether the MLP has a gate
 */
record GgufArchitecture(
    WeightNames names, WeightNames modules, Norm.Kind norm, Activation activation, boolean gated) {
  private static final Storage BIASED = new Storage(false, false, false, true, 0);
  private static final List<String> APART =
      List.of("blk.#.attn_q.weight", "blk.#.attn_k.weight", "blk.#.attn_v.weight");
  private static final List<String> JOINED = List.of("blk.#.attn_qkv.weight");
  private static final List<String> GATE_AND_UP =
      List.of("blk.#.ffn_gate.weight", "blk.#.ffn_up.weight");
  private static final List<String> UP = List.of("blk.#.ffn_up.weight");
  private static final Optional<HeadNorms> HEAD_NORMS =
      Optional.of(new HeadNorms("blk.#.attn_q_norm.weight", "blk.#.attn_k_norm.weight"));

  private static final Map<String, GgufArchitecture> KNOWN =
      Map.of(
          "llama", gated(plain(Optional.empty(), Storage.ADJACENT), WeightNames.LLAMA),
          "smollm3", gated(plain(Optional.empty(), Storage.ADJACENT), WeightNames.LLAMA),
          "qwen2", gated(plain(Optional.empty(), Storage.PLAIN), WeightNames.LLAMA),
          "qwen3", gated(plain(HEAD_NORMS, Storage.PLAIN), WeightNames.QWEN3),
          "phi3", gated(names(block(JOINED, UP), Storage.PLAIN), WeightNames.PHI3),
          "gemma2", gemma(Optional.empty(), WeightNames.GEMMA2),
          "gemma3", gemma(HEAD_NORMS, WeightNames.GEMMA3),
          "gpt2",
              new GgufArchitecture(
                  withPositions(names(block(JOINED, UP), BIASED)),
                  WeightNames.GPT2,
                  Norm.Kind.LAYER,
                  Activation.GELU_TANH,
                  /* gated= */ false),
          "gptneox",
              new GgufArchitecture(
                  names(block(JOINED, UP), Storage.PLAIN),
                  WeightNames.GPT_NEOX,
                  Norm.Kind.LAYER,
                  Activation.GELU,
                  /* gated= */ false));

  /** The architecture of a name; empty where it is not known. */
  static Optional<GgufArchitecture> of(String name) {
    return Optional.ofNullable(KNOWN.get(name));
  }

  /** All names, for messages. */
  static TreeSet<String> all() {
    return new TreeSet<>(KNOWN.keySet());
  }

  private static GgufArchitecture gated(WeightNames names, WeightNames modules) {
    return new GgufArchitecture(names, modules, Norm.Kind.RMS, Activation.SILU, /* gated= */ true);
  }

  private static GgufArchitecture gemma(Optional<HeadNorms> headNorms, WeightNames modules) {
    Block plain = block(APART, GATE_AND_UP);
    Block block =
        new Block(
            plain.attentionNorm(),
            plain.qkv(),
            headNorms,
            plain.attentionOut(),
            Optional.of("blk.#.post_attention_norm.weight"),
            plain.mlpNorm(),
            plain.up(),
            plain.down(),
            Optional.of("blk.#.post_ffw_norm.weight"));
    return new GgufArchitecture(
        names(block, Storage.PLAIN),
        modules,
        Norm.Kind.RMS,
        Activation.GELU_TANH,
        /* gated= */ true);
  }

  private static WeightNames plain(Optional<HeadNorms> headNorms, Storage storage) {
    Block block = block(APART, GATE_AND_UP);
    return names(
        new Block(
            block.attentionNorm(),
            block.qkv(),
            headNorms,
            block.attentionOut(),
            Optional.empty(),
            block.mlpNorm(),
            block.up(),
            block.down(),
            Optional.empty()),
        storage);
  }

  private static Block block(List<String> qkv, List<String> up) {
    return new Block(
        "blk.#.attn_norm.weight",
        qkv,
        Optional.empty(),
        "blk.#.attn_output.weight",
        Optional.empty(),
        "blk.#.ffn_norm.weight",
        up,
        "blk.#.ffn_down.weight",
        Optional.empty());
  }

  private static WeightNames names(Block block, Storage storage) {
    return new WeightNames(
        "",
        "token_embd.weight",
        Optional.empty(),
        "output_norm.weight",
        "output.weight",
        block,
        storage);
  }

  private static WeightNames withPositions(WeightNames names) {
    return new WeightNames(
        names.prefix(),
        names.embedding(),
        Optional.of("position_embd.weight"),
        names.finalNorm(),
        names.head(),
        names.block(),
        names.storage());
  }
}
