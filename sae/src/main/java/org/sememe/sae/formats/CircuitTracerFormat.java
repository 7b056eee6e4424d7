package org.sememe.sae.formats;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.pytorch.Tensor;
import org.sememe.sae.StoredWeights;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.dictionary.Kind;
import org.sememe.sae.dictionary.Selection;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFields;

/**
 * The transcoders of circuit-tracer: {@code layer_N.safetensors} each, or the layers of a
 * cross-layer transcoder, {@code W_enc_N.safetensors} beside {@code W_dec_N.safetensors}; {@code
 * config.yaml} names model and hook points. ReLU, latents first in both matrices.
 */
final class CircuitTracerFormat implements Format {
  private static final Pattern LAYER = Pattern.compile("layer_(\\d+)\\.safetensors");
  private static final Pattern ENCODER = Pattern.compile("W_enc_(\\d+)\\.safetensors");
  private static final String CONFIG = "config.yaml";
  private static final List<String> SHAPES = List.of("wandb-config.yaml", "wanb-config.yaml");

  @Override
  public boolean recognises(Checkpoint checkpoint) throws IOException {
    if (checkpoint.weights().has("threshold")) {
      return false;
    }
    String name = checkpoint.file().getFileName().toString();
    return (LAYER.matcher(name).matches() && checkpoint.weights().has("W_enc", "W_dec"))
        || ENCODER.matcher(name).matches();
  }

  @Override
  public Dictionary read(Checkpoint checkpoint, LoadOptions options) throws IOException {
    Matcher crossLayer = ENCODER.matcher(checkpoint.file().getFileName().toString());
    return crossLayer.matches()
        ? oneLayer(checkpoint, crossLayer.group(1), options)
        : transcoder(checkpoint, options);
  }

  private static Dictionary transcoder(Checkpoint checkpoint, LoadOptions options)
      throws IOException {
    StoredWeights weights = checkpoint.weights();
    int f = weights.size("W_enc", 0, 2);
    int d = weights.size("W_enc", 1, 2);
    for (String name : SHAPES) {
      requireShape(checkpoint.config(name), d, f);
    }
    long out = weights.size("W_dec", 1, 2);
    Linear linear =
        new Linear(
            weights.floats("W_enc", f, d),
            weights.floats("b_enc", f),
            weights.floats("W_dec", f, out),
            weights.floats("b_dec", out));
    Optional<Tensor> skip =
        weights.has("W_skip")
            ? Optional.of(weights.floats("W_skip", out, d).t().contiguous())
            : Optional.empty();
    weights.requireNoOthers(name -> false);
    Matcher layer = LAYER.matcher(checkpoint.file().getFileName().toString());
    Description description = describe(checkpoint, layer.matches() ? layer.group(1) : "", options);
    return linear.coder(description, linear.parts(new Selection.Relu()).skipping(skip));
  }

  /** A model's width or number of latents in a log's form, {@code d_model: {value: 27}}. */
  private static void requireShape(Optional<JsonFields> config, int d, int f)
      throws FormatException {
    if (config.isEmpty()) {
      return;
    }
    if ((config.get().has("d_model") && config.get().object("d_model").count("value") != d)
        || (config.get().has("d_feature")
            && config.get().object("d_feature").count("value") != f)) {
      throw config.get().wrong("d_model or d_feature", "that of W_enc, [" + f + ", " + d + "]");
    }
  }

  private static Dictionary oneLayer(Checkpoint checkpoint, String layer, LoadOptions options)
      throws IOException {
    StoredWeights weights = checkpoint.weights();
    String encoder = "W_enc_" + layer;
    int f = weights.size(encoder, 0, 2);
    int d = weights.size(encoder, 1, 2);
    Path other = checkpoint.folder().resolve("W_dec_" + layer + ".safetensors");
    if (!Files.isRegularFile(other)) {
      throw new FormatException(
          checkpoint.file(), 0, "needs " + other.getFileName() + " beside it");
    }
    try (Checkpoint second = Checkpoint.open(checkpoint.reading(other))) {
      String decoder = "W_dec_" + layer;
      int targets = second.weights().size(decoder, 1, 3);
      Linear linear =
          new Linear(
              weights.floats(encoder, f, d),
              weights.floats("b_enc_" + layer, f),
              second.weights().floats(decoder, f, targets, d).sum(1),
              weights.floats("b_dec_" + layer, d));
      weights.requireNoOthers(name -> false);
      Description description =
          describe(checkpoint, layer, options)
              .note(
                  "one layer of a cross-layer transcoder: its decoders are summed over the layers"
                      + " they write to, so that only the latents mean anything alone");
      return linear.coder(description, linear.parts(new Selection.Relu()));
    }
  }

  private static Description describe(Checkpoint checkpoint, String layer, LoadOptions options)
      throws IOException {
    Optional<JsonFields> config = checkpoint.config(CONFIG);
    String in = config.isEmpty() ? "" : text(config.get(), "feature_input_hook");
    String out = config.isEmpty() ? "" : text(config.get(), "feature_output_hook");
    String model = config.isEmpty() ? "" : text(config.get(), "model_name");
    return new Description(checkpoint, "circuit_tracer", "transcoder")
        .kind(Kind.TRANSCODER)
        .model(model, options)
        .hooks(List.of(inLayer(layer, in)), List.of(inLayer(layer, out)));
  }

  private static String text(JsonFields config, String key) throws FormatException {
    return config.optionalText(key).orElse("");
  }

  private static String inLayer(String layer, String hook) {
    return hook.isEmpty() || layer.isEmpty() ? hook : "blocks." + layer + "." + hook;
  }
}
