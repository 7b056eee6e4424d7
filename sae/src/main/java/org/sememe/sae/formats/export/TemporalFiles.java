package org.sememe.sae.formats.export;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.sememe.sae.dictionary.DictionaryFacts;
import org.sememe.sae.dictionary.Selection;
import org.sememe.sae.dictionary.TemporalCoder;
import org.sememe.tensors.safetensors.SafetensorsWriter;

/** A {@link TemporalCoder} on disk, in SAELens's layout. Stateless, thread-safe. */
public final class TemporalFiles {
  private TemporalFiles() {}

  /**
   * Writes both files, each whole or not at all, the configuration last.
   *
   * @param weights stay the caller's; novel codes by topk of one sign, or relu
   * @param metadata what else is to be kept, in the configuration's {@code metadata}
   */
  public static void save(
      DictionaryFacts facts, TemporalCoder.Weights weights, Map<String, ?> metadata, Path folder)
      throws IOException {
    Files.createDirectories(folder);
    try (PointerScope scope = new PointerScope()) {
      SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
      tensors.put("W_enc", weights.encoder().t().contiguous());
      tensors.put("W_dec", weights.decoder().contiguous());
      tensors.put("b_dec", weights.decoderBias().contiguous());
      for (int layer = 0; layer < weights.layers().size(); layer++) {
        TemporalCoder.Attention attention = weights.layers().get(layer);
        String prefix = "attn_layers." + layer + ".";
        put(tensors, prefix + "q_target", attention.query());
        put(tensors, prefix + "k_ctx", attention.key());
        put(tensors, prefix + "v_ctx", attention.value());
        put(tensors, prefix + "c_proj", attention.out());
      }
      SafetensorsWriter.write(folder.resolve("sae_weights.safetensors"), tensors, Map.of());
      Layout.json(folder.resolve("cfg.json"), fields(facts, weights, metadata));
    }
  }

  private static void put(
      SequencedMap<String, Tensor> tensors, String name, TemporalCoder.Affine map) {
    tensors.put(name + ".weight", map.weight().contiguous());
    tensors.put(name + ".bias", map.bias().contiguous());
  }

  private static Map<String, Object> fields(
      DictionaryFacts facts, TemporalCoder.Weights weights, Map<String, ?> metadata) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("architecture", "temporal");
    fields.put("d_in", facts.input().width());
    fields.put("d_sae", facts.latents());
    fields.put("dtype", "float32");
    fields.put("device", "cpu");
    fields.put("apply_b_dec_to_input", true);
    fields.put("normalize_activations", "constant_scalar_rescale");
    fields.put("activation_normalization_factor", weights.inputScale());
    fields.put("reshape_activations", "none");
    fields.put("n_heads", weights.heads());
    fields.put("n_attn_layers", weights.layers().size());
    fields.put(
        "bottleneck_factor", facts.latents() / weights.layers().getFirst().query().bias().size(0));
    fields.put("sae_diff_type", weights.novel().key());
    if (weights.novel() instanceof Selection.TopK(int k, boolean _)) {
      fields.put("kval_topk", k);
    }
    fields.put("tied_weights", false);
    fields.put("metadata", Layout.metadata(facts, "sememe", metadata));
    return fields;
  }
}
