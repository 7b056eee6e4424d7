package org.sememe.sae;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.sememe.sae.design.OwnPiece;
import org.sememe.sae.fold.RowNormalisation;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFields;

/**
 * SAELens's {@code cfg.json}. {@code groupmax} and {@code omp}, which SAELens does not have, are
 * written in its manner.
 */
final class SaeLensConfig {
  private static final String METADATA = "metadata";
  private static final String MODEL = "model_name";
  private static final String HOOK = "hook_name";
  private static final String INPUT_SCALE = "sememe_input_scale";
  private static final String FOLDED = "sememe_is_folded";
  private static final String NORMALISATION = "normalize_activations";
  private static final String GATED = "gated";
  private static final String OWN = "own"; // a plug-in's; no other library reads it
  private static final String PIECE = "own_activation";
  private static final String PIECE_SCALE = "own_activation_scale";
  private static final String MOST_STEPS = "max_iterations";
  private static final String RESIDUAL_THRESHOLD = "residual_threshold";
  private static final String STOP_ON_REPEAT = "stop_on_duplicate_support";
  private static final ObjectMapper JSON = new ObjectMapper();

  private SaeLensConfig() {}

  static SaeConfig read(Path file, JsonNode json) throws FormatException {
    int width = new JsonFields(file, json).count("d_in");
    int latents = new JsonFields(file, json).count("d_sae");
    String architecture = json.path("architecture").asText("standard");
    Sparsity sparsity = sparsity(file, json, architecture, width, latents);
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
        rows(file, json),
        metadata);
  }

  private static Sparsity sparsity(
      Path file, JsonNode json, String architecture, int width, int latents)
      throws FormatException {
    return switch (architecture) {
      case "topk" -> new Sparsity.TopK(k(file, json, latents));
      case "abstopk" -> new Sparsity.AbsTopK(k(file, json, latents));
      case "groupmax" -> groupMax(file, k(file, json, latents), latents);
      case "omp" ->
          new Sparsity.Omp(k(file, json, latents), notNegative(file, json, RESIDUAL_THRESHOLD));
      case "standard" -> new Sparsity.Relu();
      case "jumprelu", GATED -> new Sparsity.JumpRelu();
      case "matching_pursuit" ->
          new Sparsity.MatchingPursuit(
              json.path(MOST_STEPS).isNull() ? width : new JsonFields(file, json).count(MOST_STEPS),
              notNegative(file, json, RESIDUAL_THRESHOLD),
              json.path(STOP_ON_REPEAT).asBoolean(true));
      case OWN -> own(file, json);
      default ->
          throw new FormatException(
              file,
              0,
              "architecture is "
                  + architecture
                  + ": read are topk, abstopk, groupmax, standard, jumprelu, gated,"
                  + " matching_pursuit and omp");
    };
  }

  private static Sparsity own(Path file, JsonNode json) throws FormatException {
    try {
      return new Sparsity.Own(
          OwnPiece.parse(json.path(PIECE).asText("")), json.path(PIECE_SCALE).asDouble());
    } catch (IllegalArgumentException e) {
      throw new FormatException(file, 0, PIECE + ": " + e.getMessage());
    }
  }

  /** Whether the weights are those of a gated dictionary, to be folded. */
  static boolean isGated(JsonNode json) {
    return json.path("architecture").asText("").equals(GATED);
  }

  private static RowNormalisation rows(Path file, JsonNode json) throws FormatException {
    String normalisation = json.path(NORMALISATION).asText("none");
    return switch (normalisation) {
      // The last two are of training: a scale or matrix lies beside the file or is folded in.
      case "none", "expected_average_only_in", "covariance_whitening" -> RowNormalisation.NONE;
      case "layer_norm" -> RowNormalisation.LAYER_NORM;
      case "constant_norm_rescale" -> RowNormalisation.CONSTANT_NORM;
      default ->
          throw new FormatException(
              file, 0, NORMALISATION + " is " + normalisation + ", which is not known");
    };
  }

  private static int k(Path file, JsonNode json, int latents) throws FormatException {
    int k = new JsonFields(file, json).count("k");
    if (k > latents) {
      throw new FormatException(file, 0, "k is " + k + " of only " + latents + " latents");
    }
    return k;
  }

  private static Sparsity groupMax(Path file, int k, int latents) throws FormatException {
    if (latents % k != 0) {
      throw new FormatException(
          file, 0, latents + " latents cannot be cut into " + k + " equal groups");
    }
    return new Sparsity.GroupMax(k);
  }

  private static double notNegative(Path file, JsonNode json, String key) throws FormatException {
    JsonFields fields = new JsonFields(file, json);
    double value = fields.number(key);
    if (value < 0) {
      throw fields.wrong(key, "a number of 0 or above");
    }
    return value;
  }

  private static String text(JsonNode json, String key) {
    return json.path(METADATA).path(key).asText(json.path(key).asText(""));
  }

  static Map<String, Object> fields(SaeConfig config) {
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
      case Sparsity.AbsTopK(int k) -> {
        fields.put("architecture", "abstopk");
        fields.put("k", k);
        fields.put("rescale_acts_by_decoder_norm", false);
      }
      case Sparsity.GroupMax(int k) -> {
        fields.put("architecture", "groupmax");
        fields.put("k", k);
      }
      case Sparsity.Relu() -> fields.put("architecture", "standard");
      case Sparsity.JumpRelu() -> fields.put("architecture", "jumprelu");
      case Sparsity.MatchingPursuit(int most, double least, boolean stop) -> {
        fields.put("architecture", "matching_pursuit");
        fields.put(MOST_STEPS, most);
        fields.put(RESIDUAL_THRESHOLD, least);
        fields.put(STOP_ON_REPEAT, stop);
      }
      case Sparsity.Own(OwnPiece piece, double scale) -> {
        fields.put("architecture", OWN);
        fields.put(PIECE, piece.toString());
        fields.put(PIECE_SCALE, scale);
      }
      case Sparsity.Omp(int k, double least) -> {
        fields.put("architecture", "omp");
        fields.put("k", k);
        fields.put(RESIDUAL_THRESHOLD, least);
      }
    }
    fields.put("d_in", config.width());
    fields.put("d_sae", config.latents());
    fields.put("dtype", "float32");
    fields.put("device", "cpu");
    fields.put("apply_b_dec_to_input", config.subtractDecoderBias());
    fields.put(
        NORMALISATION,
        switch (config.rows()) {
          case NONE -> "none";
          case LAYER_NORM -> "layer_norm";
          case CONSTANT_NORM -> "constant_norm_rescale";
        });
    fields.put("reshape_activations", config.hook().endsWith("hook_z") ? "hook_z" : "none");
    fields.put(METADATA, metadata);
    return fields;
  }
}
