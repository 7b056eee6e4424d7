package org.sememe.sae;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.sememe.tensors.AtomicFile;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFile;
import org.sememe.tensors.safetensors.SafetensorsFile;
import org.sememe.tensors.safetensors.SafetensorsWriter;

/**
 * Dictionaries on disk: SAELens's layout, {@code cfg.json} beside {@code sae_weights.safetensors}.
 * Read are its architectures {@code standard}, {@code topk} and {@code jumprelu} without input
 * normalisation.
 */
public final class SaeFiles {
  private static final String CONFIG = "cfg.json";
  private static final String WEIGHTS = "sae_weights.safetensors";
  private static final String ENCODER = "W_enc";
  private static final String ENCODER_BIAS = "b_enc";
  private static final String DECODER = "W_dec";
  private static final String DECODER_BIAS = "b_dec";
  private static final String THRESHOLD = "threshold";
  private static final String METADATA = "metadata";
  private static final String MODEL = "model_name";
  private static final String HOOK = "hook_name";
  private static final String INPUT_SCALE = "sememe_input_scale";
  private static final String FOLDED = "sememe_is_folded";
  private static final ObjectMapper JSON = new ObjectMapper();

  private SaeFiles() {}

  /**
   * Reads a dictionary; the caller closes it.
   *
   * @param folder the folder of both files
   * @throws FormatException if a file is damaged or of a kind not known
   */
  public static Sae load(Path folder) throws IOException {
    Path file = folder.resolve(CONFIG);
    JsonNode json = JsonFile.read(JSON, file);
    refuseUnknown(file, json);
    SaeConfig config = config(file, json);
    try (PointerScope scope = new PointerScope();
        SafetensorsFile weights = SafetensorsFile.open(folder.resolve(WEIGHTS))) {
      long d = config.width();
      long f = config.latents();
      Tensor encoder = weight(weights, ENCODER, d, f).t().contiguous();
      Tensor encoderBias = weight(weights, ENCODER_BIAS, f);
      Tensor decoder = weight(weights, DECODER, f, d);
      Tensor decoderBias = weight(weights, DECODER_BIAS, d);
      Optional<Tensor> thresholds =
          config.sparsity() instanceof Sparsity.JumpRelu
              ? Optional.of(weight(weights, THRESHOLD, f))
              : Optional.empty();
      if (json.path("rescale_acts_by_decoder_norm").asBoolean(false)) {
        // Pre-activations are weighed by their decoder row's norm: the same as rows of norm 1.
        Tensor norms = decoder.square().sum(1).sqrt();
        encoder = encoder.mul(norms.unsqueeze(1));
        encoderBias = encoderBias.mul(norms);
        decoder = decoder.div(norms.unsqueeze(1));
      }
      return new Sae(config, encoder, encoderBias, decoder, decoderBias, thresholds);
    }
  }

  private static void refuseUnknown(Path file, JsonNode json) throws FormatException {
    String normalisation = json.path("normalize_activations").asText("none");
    if (!normalisation.equals("none")) {
      throw new FormatException(
          file, 0, "normalize_activations is " + normalisation + ": only none is read");
    }
    Path scaler = file.resolveSibling("activation_scaler.json");
    if (Files.exists(scaler)) {
      throw new FormatException(
          scaler, 0, "a checkpoint in the midst of training: save its inference model instead");
    }
  }

  private static SaeConfig config(Path file, JsonNode json) throws FormatException {
    int width = whole(file, json, "d_in");
    int latents = whole(file, json, "d_sae");
    String architecture = json.path("architecture").asText("standard");
    Sparsity sparsity =
        switch (architecture) {
          case "topk" -> topK(file, json, latents);
          case "standard" -> new Sparsity.Relu();
          case "jumprelu" -> new Sparsity.JumpRelu();
          default ->
              throw new FormatException(
                  file,
                  0,
                  "architecture is "
                      + architecture
                      + ": only topk, standard and jumprelu are read");
        };
    Map<String, Object> metadata = new LinkedHashMap<>();
    json.path(METADATA)
        .properties()
        .forEach(e -> metadata.put(e.getKey(), JSON.convertValue(e.getValue(), Object.class)));
    return new SaeConfig(
        width,
        latents,
        sparsity,
        json.path("apply_b_dec_to_input").asBoolean(true),
        text(json, HOOK),
        text(json, MODEL),
        json.path(METADATA).path(INPUT_SCALE).asDouble(1),
        metadata);
  }

  private static Sparsity topK(Path file, JsonNode json, int latents) throws FormatException {
    int k = whole(file, json, "k");
    if (k > latents) {
      throw new FormatException(file, 0, "k is " + k + " of only " + latents + " latents");
    }
    return new Sparsity.TopK(k);
  }

  private static int whole(Path file, JsonNode json, String key) throws FormatException {
    JsonNode value = json.path(key);
    if (!value.canConvertToInt() || !value.canConvertToExactIntegral() || value.asInt() < 1) {
      throw new FormatException(file, 0, "\"" + key + "\" is not a positive whole number");
    }
    return value.asInt();
  }

  private static String text(JsonNode json, String key) {
    return json.path(METADATA).path(key).asText(json.path(key).asText(""));
  }

  private static Tensor weight(SafetensorsFile file, String name, long... shape)
      throws FormatException {
    if (!file.names().contains(name)) {
      throw new FormatException(file.path(), 0, "no tensor \"" + name + "\" in it");
    }
    List<Long> wanted = Arrays.stream(shape).boxed().toList();
    if (!file.info(name).shape().equals(wanted) || !file.readable(name)) {
      throw new FormatException(
          file.path(),
          file.info(name).offset(),
          "tensor \"%s\" is %s %s, where cfg.json says %s"
              .formatted(name, file.info(name).type(), file.info(name).shape(), wanted));
    }
    return file.floats(name);
  }

  /** Writes a dictionary, each file whole or not at all. SAELens opens the folder as it is. */
  public static void save(Sae folded, Path folder) throws IOException {
    Files.createDirectories(folder);
    try (PointerScope scope = new PointerScope()) {
      SequencedMap<String, Tensor> weights = new LinkedHashMap<>();
      weights.put(DECODER_BIAS, folded.decoderBias());
      weights.put(DECODER, folded.decoder());
      weights.put(ENCODER, folded.encoder().t().contiguous());
      weights.put(ENCODER_BIAS, folded.encoderBias());
      folded.thresholds().ifPresent(thresholds -> weights.put(THRESHOLD, thresholds));
      SafetensorsWriter.write(folder.resolve(WEIGHTS), weights, Map.of());
    }
    // The configuration comes last: a folder with it is whole.
    AtomicFile.write(
        folder.resolve(CONFIG),
        out -> JSON.writerWithDefaultPrettyPrinter().writeValue(out, fields(folded.config())));
  }

  private static Map<String, Object> fields(SaeConfig config) {
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put(MODEL, config.model());
    metadata.put(HOOK, config.hook());
    metadata.put("hook_head_index", null);
    metadata.putAll(config.metadata());
    metadata.put(FOLDED, true);
    metadata.put(INPUT_SCALE, config.inputScale());
    Map<String, Object> fields = new LinkedHashMap<>();
    switch (config.sparsity()) {
      case Sparsity.TopK(int k) -> {
        fields.put("architecture", "topk");
        fields.put("k", k);
        fields.put("rescale_acts_by_decoder_norm", false);
      }
      case Sparsity.Relu() -> fields.put("architecture", "standard");
      case Sparsity.JumpRelu() -> fields.put("architecture", "jumprelu");
    }
    fields.put("d_in", config.width());
    fields.put("d_sae", config.latents());
    fields.put("dtype", "float32");
    fields.put("device", "cpu");
    fields.put("apply_b_dec_to_input", config.subtractDecoderBias());
    fields.put("normalize_activations", "none");
    fields.put("reshape_activations", "none");
    fields.put(METADATA, metadata);
    return fields;
  }
}
