package org.sememe.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.sememe.tensors.ShardedTensors;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.safetensors.ShardedSafetensors;

/**
 * A Hugging Face folder's weights as a GGUF file in fp32, named as llama.cpp names those of Qwen:
 * an independent mapping for tests.
 */
final class GgufFromFolder {
  private static final int UINT32 = 4;
  private static final int FLOAT32 = 6;
  private static final int STRING = 8;
  private static final int ALIGNMENT = 32;

  private static final Map<String, String> PARTS =
      Map.of(
          "input_layernorm", "attn_norm",
          "self_attn.q_proj", "attn_q",
          "self_attn.k_proj", "attn_k",
          "self_attn.v_proj", "attn_v",
          "self_attn.o_proj", "attn_output",
          "post_attention_layernorm", "ffn_norm",
          "mlp.gate_proj", "ffn_gate",
          "mlp.up_proj", "ffn_up",
          "mlp.down_proj", "ffn_down");

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private int entries;

  private GgufFromFolder() {}

  static Path write(Path folder, Path file) throws IOException {
    JsonNode json = new ObjectMapper().readTree(folder.resolve("config.json").toFile());
    GgufFromFolder metadata = new GgufFromFolder();
    String family = json.path("model_type").asText();
    metadata.text("general.architecture", family);
    metadata.integer(family + ".block_count", json.path("num_hidden_layers"));
    metadata.integer(family + ".context_length", json.path("max_position_embeddings"));
    metadata.integer(family + ".embedding_length", json.path("hidden_size"));
    metadata.integer(family + ".feed_forward_length", json.path("intermediate_size"));
    metadata.integer(family + ".attention.head_count", json.path("num_attention_heads"));
    metadata.integer(family + ".attention.head_count_kv", json.path("num_key_value_heads"));
    if (json.has("head_dim")) {
      metadata.integer(family + ".attention.key_length", json.path("head_dim"));
      metadata.integer(family + ".attention.value_length", json.path("head_dim"));
    }
    metadata.number(
        family + ".attention.layer_norm_rms_epsilon", json.path("rms_norm_eps").asDouble());
    metadata.number(
        family + ".rope.freq_base",
        json.path("rope_parameters")
            .path("rope_theta")
            .asDouble(json.path("rope_theta").asDouble()));
    Files.write(file, metadata.withTensors(tensors(folder)));
    return file;
  }

  private record Values(long[] shape, float[] values) {}

  private static Map<String, Values> tensors(Path folder) throws IOException {
    Map<String, Values> tensors = new LinkedHashMap<>();
    try (PointerScope scope = new PointerScope();
        ShardedTensors source = ShardedSafetensors.open(folder)) {
      for (String name : source.names()) {
        tensors.put(
            renamed(name),
            new Values(source.info(name).dimensions(), TensorMemory.floats(source.floats(name))));
      }
    }
    return tensors;
  }

  private static String renamed(String name) {
    String end = name.substring(name.lastIndexOf('.'));
    String module = name.substring(0, name.length() - end.length());
    if (module.startsWith("model.layers.")) {
      String[] pieces = module.substring("model.layers.".length()).split("\\.", 2);
      String part =
          pieces[1]
              .replace("self_attn.q_norm", "attn_q_norm")
              .replace("self_attn.k_norm", "attn_k_norm");
      return "blk." + pieces[0] + "." + PARTS.getOrDefault(part, part) + end;
    }
    return switch (module) {
      case "model.embed_tokens" -> "token_embd" + end;
      case "model.norm" -> "output_norm" + end;
      case "lm_head" -> "output" + end;
      default -> throw new IllegalArgumentException(name);
    };
  }

  private byte[] withTensors(Map<String, Values> tensors) {
    byte[] metadata = out.toByteArray();
    out.reset();
    out.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
    int32(3);
    int64(tensors.size());
    int64(entries);
    out.writeBytes(metadata);
    long offset = 0;
    for (Map.Entry<String, Values> tensor : tensors.entrySet()) {
      string(tensor.getKey());
      long[] shape = tensor.getValue().shape();
      int32(shape.length);
      for (int i = shape.length - 1; i >= 0; i--) {
        int64(shape[i]);
      }
      int32(0); // fp32
      int64(offset);
      offset = aligned(offset + 4L * tensor.getValue().values().length);
    }
    pad();
    for (Values tensor : tensors.values()) {
      ByteBuffer bytes = little(4 * tensor.values().length);
      bytes.asFloatBuffer().put(tensor.values());
      out.writeBytes(bytes.array());
      pad();
    }
    return out.toByteArray();
  }

  private static long aligned(long at) {
    return (at + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  private void pad() {
    out.writeBytes(new byte[(int) (aligned(out.size()) - out.size())]);
  }

  private void text(String key, String value) {
    key(key, STRING);
    string(value);
  }

  private void integer(String key, JsonNode value) {
    key(key, UINT32);
    int32(value.asInt());
  }

  private void number(String key, double value) {
    key(key, FLOAT32);
    out.writeBytes(little(4).putFloat((float) value).array());
  }

  private void key(String key, int type) {
    entries++;
    string(key);
    int32(type);
  }

  private void string(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int64(bytes.length);
    out.writeBytes(bytes);
  }

  private void int32(int value) {
    out.writeBytes(little(4).putInt(value).array());
  }

  private void int64(long value) {
    out.writeBytes(little(8).putLong(value).array());
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
