package org.sememe.models.decoder;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeSet;
import org.bytedeco.javacpp.PointerScope;
import org.sememe.models.blocks.Activation;
import org.sememe.models.blocks.Norm;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.TensorInfo;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.gguf.GgufFile;

/** A decoder's options from a GGUF file's metadata. */
final class GgufConfig {
  /** Factors by which a file slows each pair's turning, where it has them. */
  private static final String ROTARY_FACTORS = "rope_freqs.weight";

  private final GgufFile file;
  private final String family;

  private GgufConfig(GgufFile file, String family) {
    this.file = file;
    this.family = family;
  }

  /**
   * How a GGUF architecture's weights are called.
   *
   * @param names in the GGUF file
   * @param modules in Hugging Face's implementation
   */
  record Architecture(WeightNames names, WeightNames modules) {
    private static final Map<String, Architecture> KNOWN =
        Map.of(
            "llama", new Architecture(WeightNames.GGUF_LLAMA, WeightNames.LLAMA),
            "qwen2", new Architecture(WeightNames.GGUF_QWEN2, WeightNames.LLAMA),
            "qwen3", new Architecture(WeightNames.GGUF_QWEN3, WeightNames.QWEN3));

    /** The names of a model whose options were read. */
    static Architecture of(DecoderConfig config) {
      return KNOWN.get(config.family());
    }
  }

  static DecoderConfig read(GgufFile file) throws IOException {
    String family = file.metadata().string("general.architecture").orElse("");
    if (!Architecture.KNOWN.containsKey(family)) {
      throw new FormatException(
          file.path(),
          0,
          "general.architecture is '"
              + family
              + "', not one of "
              + new TreeSet<>(Architecture.KNOWN.keySet()));
    }
    try {
      return new GgufConfig(file, family).config();
    } catch (IllegalArgumentException e) {
      throw new FormatException(file.path(), 0, e.getMessage());
    }
  }

  private DecoderConfig config() throws IOException {
    int width = required("embedding_length");
    int heads = required("attention.head_count");
    int headWidth = optional("attention.key_length", width / Math.max(1, heads));
    int layers = required("block_count");
    DecoderConfig.requirePlausible(layers, headWidth);
    DecoderConfig.Sight sight = new DecoderConfig.Sight(rotary(headWidth), OptionalInt.empty());
    return new DecoderConfig(
        family,
        layers,
        width,
        heads,
        optional("attention.head_count_kv", heads),
        headWidth,
        required("feed_forward_length"),
        vocabulary(),
        required("context_length"),
        new DecoderConfig.Norms(Norm.Kind.RMS, number("attention.layer_norm_rms_epsilon", 1e-5)),
        DecoderConfig.Attention.plain(sight, layers, headWidth),
        new DecoderConfig.Mlp(Activation.SILU, /* gated= */ true, /* parallel= */ false),
        DecoderConfig.Ends.plain(Optional.empty()));
  }

  /** The embedding's rows: what the file really has. */
  private int vocabulary() throws IOException {
    String embedding = WeightNames.GGUF_LLAMA.embedding();
    if (!file.names().contains(embedding)) {
      throw new FormatException(file.path(), 0, "no tensor " + embedding);
    }
    return Math.toIntExact(file.info(embedding).shape().getFirst());
  }

  private Rotary rotary(int headWidth) throws IOException {
    Rotary plain =
        Rotary.of(
            number("rope.freq_base", 10_000),
            headWidth,
            optional("rope.dimension_count", headWidth));
    if (file.names().contains(ROTARY_FACTORS)) {
      return plain.slowed(factors());
    }
    String scaling = file.metadata().string(family + ".rope.scaling.type").orElse("none");
    return switch (scaling) {
      case "none" -> plain;
      case "linear" -> plain.slowed(number("rope.scaling.factor", 1));
      default ->
          throw new FormatException(
              file.path(), 0, "rotary scaling '" + scaling + "' is not known");
    };
  }

  private float[] factors() throws IOException {
    TensorInfo info = file.info(ROTARY_FACTORS);
    if (info.values() > 1 << 16) {
      throw new FormatException(file.path(), info.offset(), ROTARY_FACTORS + " is too long");
    }
    try (PointerScope scope = new PointerScope()) {
      return TensorMemory.floats(file.floats(ROTARY_FACTORS));
    }
  }

  private int required(String key) throws IOException {
    return whole(key)
        .orElseThrow(
            () -> new FormatException(file.path(), 0, "no whole number " + family + "." + key));
  }

  private int optional(String key, int otherwise) {
    return whole(key).orElse(otherwise);
  }

  private OptionalInt whole(String key) {
    OptionalLong value = file.metadata().integer(family + "." + key);
    if (value.isEmpty()) {
      return OptionalInt.empty();
    }
    if (value.getAsLong() != (int) value.getAsLong()) {
      throw new IllegalArgumentException(family + "." + key + " is " + value.getAsLong());
    }
    return OptionalInt.of((int) value.getAsLong());
  }

  private double number(String key, double otherwise) {
    return file.metadata().number(family + "." + key).orElse(otherwise);
  }
}
