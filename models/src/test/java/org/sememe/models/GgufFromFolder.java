package org.sememe.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.sememe.models.testing.GgufWriter;
import org.sememe.models.testing.GgufWriter.Values;
import org.sememe.tensors.ShardedTensors;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.safetensors.ShardedSafetensors;

/**
 * A Hugging Face folder as a GGUF file in fp32, as llama.cpp's conversion scripts write it: an
 * independent mapping for tests. It reads {@code config.json} in transformers 5's spelling.
 */
final class GgufFromFolder {
  private static final Map<String, String> ARCHITECTURES =
      Map.of("mistral", "llama", "gpt_neox", "gptneox", "gemma3_text", "gemma3");

  private static final Map<String, String> MODULES =
      Map.ofEntries(
          Map.entry("model.embed_tokens", "token_embd"),
          Map.entry("model.norm", "output_norm"),
          Map.entry("lm_head", "output"),
          Map.entry("transformer.wte", "token_embd"),
          Map.entry("transformer.wpe", "position_embd"),
          Map.entry("transformer.ln_f", "output_norm"),
          Map.entry("gpt_neox.embed_in", "token_embd"),
          Map.entry("gpt_neox.final_layer_norm", "output_norm"),
          Map.entry("embed_out", "output"));

  private static final Map<String, String> PARTS =
      Map.ofEntries(
          Map.entry("input_layernorm", "attn_norm"),
          Map.entry("self_attn.q_proj", "attn_q"),
          Map.entry("self_attn.k_proj", "attn_k"),
          Map.entry("self_attn.v_proj", "attn_v"),
          Map.entry("self_attn.qkv_proj", "attn_qkv"),
          Map.entry("self_attn.q_norm", "attn_q_norm"),
          Map.entry("self_attn.k_norm", "attn_k_norm"),
          Map.entry("self_attn.o_proj", "attn_output"),
          Map.entry("post_attention_layernorm", "ffn_norm"),
          Map.entry("pre_feedforward_layernorm", "ffn_norm"),
          Map.entry("post_feedforward_layernorm", "post_ffw_norm"),
          Map.entry("mlp.gate_proj", "ffn_gate"),
          Map.entry("mlp.up_proj", "ffn_up"),
          Map.entry("mlp.gate_up_proj", "ffn_up"),
          Map.entry("mlp.down_proj", "ffn_down"),
          Map.entry("ln_1", "attn_norm"),
          Map.entry("attn.c_attn", "attn_qkv"),
          Map.entry("attn.c_proj", "attn_output"),
          Map.entry("ln_2", "ffn_norm"),
          Map.entry("mlp.c_fc", "ffn_up"),
          Map.entry("mlp.c_proj", "ffn_down"),
          Map.entry("attention.query_key_value", "attn_qkv"),
          Map.entry("attention.dense", "attn_output"),
          Map.entry("mlp.dense_h_to_4h", "ffn_up"),
          Map.entry("mlp.dense_4h_to_h", "ffn_down"));

  private final JsonNode json;
  private final String architecture;
  private final int heads;
  private final int kvHeads;
  private final int headWidth;
  private final Map<String, Object> metadata = new LinkedHashMap<>();

  private GgufFromFolder(JsonNode json) {
    this.json = json;
    String family = json.path("model_type").asText();
    this.architecture = ARCHITECTURES.getOrDefault(family, family);
    this.heads = whole("num_attention_heads", "n_head");
    this.kvHeads = json.path("num_key_value_heads").asInt(heads);
    this.headWidth = json.path("head_dim").asInt(whole("hidden_size", "n_embd") / heads);
  }

  /** Writes the folder's model. */
  static Path write(Path folder, Path file) throws IOException {
    GgufFromFolder gguf = new GgufFromFolder(read(folder));
    gguf.metadata();
    Map<String, Values> tensors = gguf.tensors(folder);
    gguf.scaling().ifPresent(factors -> tensors.put("rope_freqs.weight", factors));
    for (String kind : List.of("short", "long")) {
      JsonNode factors = gguf.json.path("rope_parameters").path(kind + "_factor");
      if (factors.isArray()) {
        tensors.put("rope_factors_" + kind + ".weight", vector(factors));
      }
    }
    return GgufWriter.write(file, gguf.metadata, tensors);
  }

  /**
   * Changes a folder's options to what a GGUF file can say of them. Those that follow from the
   * architecture alone: Gemma's divisor of scores, the step of SmolLM3's layers without rotary
   * positions; and Mistral's window, which the conversion leaves out.
   */
  static ObjectNode expressible(JsonNode config) {
    ObjectNode json = config.deepCopy();
    String family = json.path("model_type").asText();
    if (family.startsWith("gemma")) {
      json.put("query_pre_attn_scalar", json.path("head_dim").asInt());
    } else if (family.equals("smollm3")) {
      json.remove("no_rope_layers");
      json.put("no_rope_layer_interval", 4);
    } else if (family.equals("mistral")) {
      json.remove("sliding_window");
    }
    return json;
  }

  static JsonNode read(Path folder) throws IOException {
    return new ObjectMapper().readTree(folder.resolve("config.json").toFile());
  }

  private void metadata() {
    metadata.put("general.architecture", architecture);
    put("block_count", whole("num_hidden_layers", "n_layer"));
    put("context_length", whole("max_position_embeddings", "n_positions"));
    put("embedding_length", whole("hidden_size", "n_embd"));
    put(
        "feed_forward_length",
        json.path("intermediate_size").asInt(4 * json.path("n_embd").asInt()));
    put("attention.head_count", heads);
    if (json.has("num_key_value_heads")) {
      put("attention.head_count_kv", kvHeads);
    }
    if (json.has("head_dim")) {
      put("attention.key_length", headWidth);
      put("attention.value_length", headWidth);
    }
    number("attention.layer_norm_rms_epsilon", json.path("rms_norm_eps"));
    number("attention.layer_norm_epsilon", json.path("layer_norm_eps"));
    number("attention.layer_norm_epsilon", json.path("layer_norm_epsilon"));
    number("attn_logit_softcapping", json.path("attn_logit_softcapping"));
    number("final_logit_softcapping", json.path("final_logit_softcapping"));
    if (architecture.startsWith("gemma") || architecture.equals("phi3")) {
      put("attention.sliding_window", json.path("sliding_window").asInt());
    }
    if (json.path("sliding_window_pattern").isInt()) {
      put("attention.sliding_window_pattern", json.path("sliding_window_pattern").asInt());
    }
    if (json.has("use_parallel_residual")) {
      put("use_parallel_residual", json.path("use_parallel_residual").asBoolean());
    }
    rotary();
  }

  private void rotary() {
    JsonNode all = json.path("rope_parameters");
    JsonNode full = all.path("full_attention").isMissingNode() ? all : all.path("full_attention");
    number("rope.freq_base", full.path("rope_theta"));
    number("rope.freq_base_swa", all.path("sliding_attention").path("rope_theta"));
    number("rope.scaling.original_context_length", all.path("original_max_position_embeddings"));
    number("rope.scaling.attn_factor", all.path("attention_factor"));
    double share = full.path("partial_rotary_factor").asDouble(1);
    if (!architecture.equals("gpt2")) {
      put("rope.dimension_count", (int) (share * headWidth));
    }
  }

  /** Llama 3's scaling is kept as the factors that come of it. */
  private Optional<Values> scaling() {
    JsonNode rope = json.path("rope_parameters");
    if (!rope.path("rope_type").asText().equals("llama3")) {
      return Optional.empty();
    }
    double original = rope.path("original_max_position_embeddings").asDouble();
    double low = rope.path("low_freq_factor").asDouble();
    double high = rope.path("high_freq_factor").asDouble();
    double factor = rope.path("factor").asDouble();
    float[] factors = new float[headWidth / 2];
    for (int i = 0; i < factors.length; i++) {
      double frequency = Math.pow(rope.path("rope_theta").asDouble(), -2.0 * i / headWidth);
      double wavelength = 2 * Math.PI / frequency;
      double smooth = (original / wavelength - low) / (high - low);
      factors[i] =
          (float)
              (wavelength < original / high
                  ? 1
                  : wavelength > original / low ? factor : 1 / ((1 - smooth) / factor + smooth));
    }
    return Optional.of(new Values(new long[] {factors.length}, factors));
  }

  private static Values vector(JsonNode numbers) {
    float[] values = new float[numbers.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) numbers.path(i).asDouble();
    }
    return new Values(new long[] {values.length}, values);
  }

  private Map<String, Values> tensors(Path folder) throws IOException {
    Map<String, Values> tensors = new LinkedHashMap<>();
    try (PointerScope scope = new PointerScope();
        ShardedTensors source = ShardedSafetensors.open(folder)) {
      for (String name : source.names()) {
        String renamed = renamed(name);
        Values values =
            new Values(source.info(name).dimensions(), TensorMemory.floats(source.floats(name)));
        tensors.put(renamed, changed(renamed, values));
      }
    }
    return tensors;
  }

  private String renamed(String name) {
    String end = name.substring(name.lastIndexOf('.'));
    String module = name.substring(0, name.length() - end.length());
    String[] pieces = module.split("\\.(layers|h)\\.", 2);
    if (pieces.length == 1) {
      return MODULES.get(module) + end;
    }
    String[] layer = pieces[1].split("\\.", 2);
    boolean gemma = architecture.startsWith("gemma");
    String part =
        gemma && layer[1].equals("post_attention_layernorm")
            ? "post_attention_norm"
            : PARTS.get(layer[1]);
    return "blk." + layer[0] + "." + part + end;
  }

  private Values changed(String name, Values values) {
    if (architecture.startsWith("gemma") && name.contains("norm")) {
      float[] more = values.values().clone();
      for (int i = 0; i < more.length; i++) {
        more[i]++;
      }
      return new Values(values.shape(), more);
    }
    boolean permuted = architecture.equals("llama") || architecture.equals("smollm3");
    if (permuted && (name.contains("attn_q.") || name.contains("attn_k."))) {
      int half = headWidth / 2;
      return rows(
          values,
          row -> {
            int at = row % headWidth;
            return row - at + at % 2 * half + at / 2;
          });
    }
    if (architecture.equals("gptneox") && name.contains("attn_qkv")) {
      return rows(
          values,
          row -> {
            int head = row / headWidth % heads;
            int kind = row / headWidth / heads;
            return (head * 3 + kind) * headWidth + row % headWidth;
          });
    }
    boolean matrix = values.shape().length == 2 && !name.contains("embd");
    return architecture.equals("gpt2") && matrix ? transposed(values) : values;
  }

  private static Values rows(Values values, IntUnaryOperator from) {
    int rows = (int) values.shape()[0];
    int width = values.values().length / rows;
    float[] ordered = new float[values.values().length];
    for (int row = 0; row < rows; row++) {
      System.arraycopy(values.values(), from.applyAsInt(row) * width, ordered, row * width, width);
    }
    return new Values(values.shape(), ordered);
  }

  private static Values transposed(Values values) {
    int rows = (int) values.shape()[0];
    int columns = (int) values.shape()[1];
    float[] turned = new float[rows * columns];
    for (int i = 0; i < turned.length; i++) {
      turned[i % columns * rows + i / columns] = values.values()[i];
    }
    return new Values(new long[] {columns, rows}, turned);
  }

  private int whole(String key, String otherwise) {
    return json.path(key).asInt(json.path(otherwise).asInt());
  }

  private void put(String key, Object value) {
    metadata.put(architecture + "." + key, value);
  }

  private void number(String key, JsonNode value) {
    if (value.isNumber()) {
      put(key, value.isInt() ? (Object) value.asInt() : value.asDouble());
    }
  }
}
