package org.sememe.models.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.safetensors.SafetensorsWriter;

/** A tiny random Llama for tests, as a Hugging Face folder that {@code Models.open} reads. */
public final class TinyModel {
  /** Blocks. */
  public static final int LAYERS = 3;

  /** Width of the residual stream. */
  public static final int WIDTH = 16;

  /** Token ids. */
  public static final int VOCABULARY = 37;

  /** The longest context. */
  public static final int CONTEXT = 64;

  private static final String SEPARATOR = "<|endoftext|>";

  /** Ids 1 to 36, as bytes are written in such files: Ġ is a space, Ċ a new line. */
  private static final String PIECES = "abcdefghijklmnopqrstuvwxyzĠĊ.,()':;-";

  private static final int HEADS = 4;
  private static final int KV_HEADS = 2;
  private static final int MLP_WIDTH = 24;

  private final RandomStream random;
  private final float[] finalNorm;
  private final SequencedMap<String, Tensor> weights = new LinkedHashMap<>();

  private TinyModel(long seed, float[] finalNorm) {
    this.random = RandomStream.of(seed);
    this.finalNorm = finalNorm;
  }

  /** Writes the model of a seed into {@code folder}, which is made, and gives the folder back. */
  public static Path write(Path folder, long seed) throws IOException {
    return write(folder, seed, all(1));
  }

  /** The same with this weight of the last norm, {@code [WIDTH]}, which is all ones otherwise. */
  public static Path write(Path folder, long seed, float[] finalNorm) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"model_type": "llama", "num_hidden_layers": %d, "hidden_size": %d,
         "num_attention_heads": %d, "num_key_value_heads": %d, "intermediate_size": %d,
         "vocab_size": %d, "max_position_embeddings": %d}
        """
            .formatted(LAYERS, WIDTH, HEADS, KV_HEADS, MLP_WIDTH, VOCABULARY, CONTEXT));
    Files.writeString(folder.resolve("tokenizer.json"), tokenizer());
    Files.writeString(
        folder.resolve("tokenizer_config.json"), "{\"eos_token\": \"" + SEPARATOR + "\"}");
    try (PointerScope scope = new PointerScope()) {
      SafetensorsWriter.write(
          folder.resolve("model.safetensors"), new TinyModel(seed, finalNorm).weights(), Map.of());
    }
    return folder;
  }

  /** A token a letter, whatever its case; a token a space, and some marks; others have none. */
  private static String tokenizer() {
    StringBuilder vocabulary = new StringBuilder();
    for (int i = 0; i < PIECES.length(); i++) {
      vocabulary.append(", \"").append(PIECES.charAt(i)).append("\": ").append(i + 1);
    }
    return """
        {"version": "1.0", "added_tokens": [{"id": 0, "content": "%s", "special": true,
           "single_word": false, "lstrip": false, "rstrip": false, "normalized": false}],
         "normalizer": {"type": "Lowercase"},
         "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true,
           "trim_offsets": true},
         "decoder": {"type": "ByteLevel", "add_prefix_space": true, "use_regex": true,
           "trim_offsets": true},
         "model": {"type": "BPE", "merges": [], "vocab": {"%s": 0%s}}}
        """
        .formatted(SEPARATOR, SEPARATOR, vocabulary);
  }

  private SequencedMap<String, Tensor> weights() {
    int keys = KV_HEADS * WIDTH / HEADS;
    matrix("model.embed_tokens.weight", VOCABULARY, WIDTH);
    matrix("lm_head.weight", VOCABULARY, WIDTH);
    weights.put("model.norm.weight", TensorMemory.floats(finalNorm, WIDTH));
    for (int layer = 0; layer < LAYERS; layer++) {
      String block = "model.layers." + layer + ".";
      ones(block + "input_layernorm.weight");
      ones(block + "post_attention_layernorm.weight");
      matrix(block + "self_attn.q_proj.weight", WIDTH, WIDTH);
      matrix(block + "self_attn.k_proj.weight", keys, WIDTH);
      matrix(block + "self_attn.v_proj.weight", keys, WIDTH);
      matrix(block + "self_attn.o_proj.weight", WIDTH, WIDTH);
      matrix(block + "mlp.gate_proj.weight", MLP_WIDTH, WIDTH);
      matrix(block + "mlp.up_proj.weight", MLP_WIDTH, WIDTH);
      matrix(block + "mlp.down_proj.weight", WIDTH, MLP_WIDTH);
    }
    return weights;
  }

  private void matrix(String name, int rows, int columns) {
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() * 1.5 / Math.sqrt(columns));
    }
    weights.put(name, TensorMemory.floats(values, rows, columns));
  }

  private static float[] all(float value) {
    float[] values = new float[WIDTH];
    Arrays.fill(values, value);
    return values;
  }

  private void ones(String name) {
    weights.put(name, TensorMemory.floats(all(1), WIDTH));
  }
}
