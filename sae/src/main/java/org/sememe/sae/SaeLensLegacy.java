package org.sememe.sae;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Set;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.sememe.tensors.FormatException;

/** What SAELens wrote before version 6, brought to today's form. */
final class SaeLensLegacy {
  private static final String ARCHITECTURE = "architecture";
  private static final String NORMALISATION = "normalize_activations";
  private static final String HOOK = "hook_name";
  private static final String SCALING = "scaling_factor";
  private static final Set<String> TYPES =
      Set.of("float32", "float64", "float16", "bfloat16", "float", "double", "half");

  private SaeLensLegacy() {}

  /**
   * The configuration in today's form: names, normalisation as text, an activation function of its
   * own as the architecture.
   *
   * @throws FormatException if it is of a kind that is not known
   */
  static JsonNode upgraded(Path file, JsonNode json) throws FormatException {
    ObjectNode fields = json.deepCopy();
    String type = json.path("dtype").asText("float32").replaceFirst("^torch\\.", "");
    if (!TYPES.contains(type)) {
      throw new FormatException(file, 0, "dtype is " + type + ", need one of " + TYPES);
    }
    if (!fields.hasNonNull(HOOK) && fields.hasNonNull("hook_point")) {
      fields.set(HOOK, fields.get("hook_point"));
    }
    JsonNode normalisation = fields.path(NORMALISATION);
    if (normalisation.isNull() || normalisation.isBoolean()) {
      fields.put(
          NORMALISATION, normalisation.asBoolean(false) ? "expected_average_only_in" : "none");
    }
    JsonNode activation =
        fields.hasNonNull("activation_fn")
            ? fields.get("activation_fn")
            : fields.path("activation_fn_str");
    switch (activation.asText("relu")) {
      case "relu" -> {}
      case "topk" -> {
        fields.put(ARCHITECTURE, "topk");
        if (!fields.hasNonNull("k")) {
          fields.set("k", fields.path("activation_fn_kwargs").get("k"));
        }
      }
      default ->
          throw new FormatException(
              file, 0, "activation function " + activation + ": read are relu and topk");
    }
    return fields;
  }

  /**
   * Passes over factors of 1, which change nothing.
   *
   * @throws FormatException if there are others: the library that wrote them refuses them too
   */
  static void checkScalingFactor(Path file, StoredWeights weights, long latents)
      throws FormatException {
    for (String name : new String[] {SCALING, "finetuning_scaling_factor"}) {
      if (weights.has(name)) {
        Tensor factors = weights.floats(name, latents);
        if (!factors.eq(new Scalar(1.0f)).all().item_bool()) {
          throw new FormatException(
              file,
              0,
              "\""
                  + name
                  + "\" is not all ones: activations are meant to be multiplied by it before"
                  + " decoding, which SAELens 6 refuses too; multiply the rows of W_dec by it");
        }
      }
    }
  }
}
