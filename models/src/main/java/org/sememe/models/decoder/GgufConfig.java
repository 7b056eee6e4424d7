package org.sememe.models.decoder;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.sememe.models.blocks.Norm;
import org.sememe.models.decoder.DecoderConfig.Sight;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.gguf.GgufFile;

/** A decoder's options from a GGUF file's metadata. */
final class GgufConfig {
  private final GgufKeys keys;
  private final GgufArchitecture architecture;

  private GgufConfig(GgufKeys keys, GgufArchitecture architecture) {
    this.keys = keys;
    this.architecture = architecture;
  }

  /** The architecture that a file names. */
  static GgufArchitecture architecture(GgufFile file) throws IOException {
    String name = file.metadata().string("general.architecture").orElse("");
    return GgufArchitecture.of(name)
        .orElseThrow(
            () ->
                new FormatException(
                    file.path(),
                    0,
                    "general.architecture is '"
                        + name
                        + "', not one of "
                        + GgufArchitecture.all()));
  }

  static DecoderConfig read(GgufFile file) throws IOException {
    GgufArchitecture architecture = architecture(file);
    String name = file.metadata().string("general.architecture").orElse("");
    try {
      return new GgufConfig(new GgufKeys(file, name), architecture).config();
    } catch (IllegalArgumentException e) {
      throw new FormatException(file.path(), 0, e.getMessage());
    }
  }

  private DecoderConfig config() throws IOException {
    int width = keys.whole("embedding_length");
    int heads = keys.whole("attention.head_count");
    int headWidth = keys.whole("attention.key_length", width / Math.max(1, heads));
    int layers = keys.whole("block_count");
    DecoderConfig.requirePlausible(layers, headWidth);
    return new DecoderConfig(
        keys.architecture(),
        layers,
        width,
        heads,
        keys.whole("attention.head_count_kv", heads),
        headWidth,
        keys.whole("feed_forward_length"),
        vocabulary(),
        keys.whole("context_length"),
        norms(),
        attention(layers, width / Math.max(1, heads), headWidth),
        new DecoderConfig.Mlp(architecture.activation(), architecture.gated(), parallel()),
        ends(width));
  }

  private DecoderConfig.Norms norms() throws IOException {
    String key =
        architecture.norm() == Norm.Kind.LAYER
            ? "attention.layer_norm_epsilon"
            : "attention.layer_norm_rms_epsilon";
    OptionalDouble eps = keys.number(key);
    if (eps.isEmpty()) {
      throw new FormatException(keys.file().path(), 0, "no number " + keys.full(key));
    }
    return new DecoderConfig.Norms(architecture.norm(), eps.getAsDouble());
  }

  /** The embedding's rows: what the file really has. */
  private int vocabulary() throws IOException {
    String embedding = architecture.names().embedding();
    if (!keys.hasTensor(embedding)) {
      throw new FormatException(keys.file().path(), 0, "no tensor " + embedding);
    }
    return Math.toIntExact(keys.file().info(embedding).shape().getFirst());
  }

  private DecoderConfig.Attention attention(int layers, int share, int headWidth)
      throws IOException {
    List<Sight> each = new GgufSights(keys, layers, headWidth).each();
    List<Sight> kinds =
        each.stream()
            .distinct()
            .sorted(Comparator.comparing(sight -> sight.window().isPresent()))
            .toList();
    return new DecoderConfig.Attention(
        kinds,
        each.stream().map(kinds::indexOf).toList(),
        1 / Math.sqrt(scaled(layers, share, headWidth)),
        gemma2() ? OptionalDouble.of(cap("attn_logit_softcapping", 50)) : OptionalDouble.empty());
  }

  /**
   * What scores are divided by the root of. Files do not say; llama.cpp knows Gemma's largest
   * models by their number of layers, and so does this.
   */
  private int scaled(int layers, int share, int headWidth) {
    boolean largest =
        gemma2() && layers == 46 || keys.architecture().equals("gemma3") && layers == 62;
    return largest ? share : headWidth;
  }

  private DecoderConfig.Ends ends(int width) {
    boolean gemma = keys.architecture().startsWith("gemma");
    OptionalDouble logitCap = OptionalDouble.empty();
    if (gemma2() || gemma && keys.has("final_logit_softcapping")) {
      logitCap = OptionalDouble.of(cap("final_logit_softcapping", 30));
    }
    return new DecoderConfig.Ends(gemma ? Math.sqrt(width) : 1, Optional.empty(), logitCap);
  }

  private double cap(String key, double usual) {
    return keys.number(key).orElse(usual);
  }

  private boolean parallel() {
    return keys.architecture().equals("gptneox") && keys.flag("use_parallel_residual", true);
  }

  private boolean gemma2() {
    return keys.architecture().equals("gemma2");
  }
}
