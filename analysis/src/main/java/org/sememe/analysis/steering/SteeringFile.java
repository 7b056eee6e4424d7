package org.sememe.analysis.steering;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sememe.tensors.AtomicFile;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFile;

/**
 * A steering as a plain JSON file, described in docs/steering.md:
 *
 * <pre>{@code
 * {
 *   "format": "sememe-steering",
 *   "version": 1,
 *   "model": "smollm2-135m-instruct",
 *   "dictionary": "runs/demo",
 *   "hook": "blocks.9.hook_resid_post",
 *   "where": "both",
 *   "sinks": false,
 *   "steers": [
 *     {"latent": 123, "mode": "clamp", "strength": 5, "unit": "max", "max": 17.2, "mean": 4.1}
 *   ]
 * }
 * }</pre>
 *
 * Everything but {@code format}, {@code version}, {@code steers} and a steer's {@code latent} may
 * be left out: {@code where} is then both, {@code sinks} false, {@code mode} clamp and {@code unit}
 * max. A steer's {@code max} and {@code mean} are what its strength counts in, so that the file
 * means the same without the index; they win over an index's. Stateless, thread-safe.
 */
public final class SteeringFile {
  private static final String FORMAT = "sememe-steering";
  private static final int VERSION = 1;
  private static final ObjectMapper JSON = new ObjectMapper();

  private SteeringFile() {}

  /**
   * Reads a file.
   *
   * @throws FormatException if it is no such file or says what is not possible, naming it
   */
  public static Steering read(Path file) throws IOException {
    JsonNode json = JsonFile.read(JSON, file);
    try {
      if (!json.path("format").asText().equals(FORMAT)) {
        throw new IllegalArgumentException("no steering: \"format\" must be \"" + FORMAT + "\"");
      }
      if (json.path("version").asInt() != VERSION) {
        throw new IllegalArgumentException(
            "version " + json.path("version") + ", where " + VERSION + " is known");
      }
      return of(json);
    } catch (IllegalArgumentException e) {
      throw new FormatException(file, 0, e.getMessage());
    }
  }

  /**
   * A steering from JSON fields, {@code format} and {@code version} aside.
   *
   * @throws IllegalArgumentException naming the field that is wrong
   */
  public static Steering of(JsonNode json) {
    JsonNode list = json.path("steers");
    if (!list.isArray()) {
      throw new IllegalArgumentException("steers: a list is missing");
    }
    List<Steer> steers = new ArrayList<>();
    Map<Integer, ActivationScale> scales = new HashMap<>();
    for (JsonNode one : list) {
      Steer steer = steer(one);
      steers.add(steer);
      if (one.has("max") || one.has("mean")) {
        scales.put(
            steer.latent(), new ActivationScale(number(one, "max", 0), number(one, "mean", 0)));
      }
    }
    return new Steering(
        text(json, "model"),
        text(json, "dictionary"),
        text(json, "hook"),
        steers,
        scales,
        json.has("where") ? Where.of(text(json, "where")) : Where.BOTH,
        flag(json, "sinks"));
  }

  private static Steer steer(JsonNode json) {
    JsonNode latent = json.path("latent");
    if (!latent.isIntegralNumber() || !latent.canConvertToInt()) {
      throw new IllegalArgumentException("steers: a latent is a whole number, not " + latent);
    }
    Steer.Mode mode = json.has("mode") ? Steer.Mode.of(text(json, "mode")) : Steer.Mode.CLAMP;
    if (mode != Steer.Mode.ABLATE && !json.has("strength")) {
      throw new IllegalArgumentException("steers: latent " + latent + " has no strength");
    }
    Steer.Unit unit = mode.hasUnit() ? Steer.Unit.MAX : Steer.Unit.RAW;
    if (json.has("unit")) {
      unit = Steer.Unit.of(text(json, "unit"));
    }
    return new Steer(latent.intValue(), mode, number(json, "strength", 0), unit);
  }

  private static String text(JsonNode json, String name) {
    JsonNode value = json.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return "";
    }
    if (!value.isTextual()) {
      throw new IllegalArgumentException(name + ": a text, not " + value);
    }
    return value.textValue();
  }

  private static double number(JsonNode json, String name, double otherwise) {
    JsonNode value = json.path(name);
    if (value.isMissingNode()) {
      return otherwise;
    }
    if (!value.isNumber()) {
      throw new IllegalArgumentException(name + ": a number, not " + value);
    }
    return value.doubleValue();
  }

  private static boolean flag(JsonNode json, String name) {
    JsonNode value = json.path(name);
    if (!value.isMissingNode() && !value.isBoolean()) {
      throw new IllegalArgumentException(name + ": true or false, not " + value);
    }
    return value.asBoolean(false);
  }

  /** Writes a file, whole or not at all. */
  public static void write(Steering steering, Path file) throws IOException {
    AtomicFile.write(
        file, out -> JSON.writerWithDefaultPrettyPrinter().writeValue(out, fields(steering)));
  }

  /** What the file holds, in order. */
  public static Map<String, Object> fields(Steering steering) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("format", FORMAT);
    fields.put("version", VERSION);
    fields.put("model", steering.model());
    fields.put("dictionary", steering.dictionary());
    fields.put("hook", steering.hook());
    fields.put("where", steering.where().key());
    fields.put("sinks", steering.sinks());
    fields.put("steers", steering.steers().stream().map(s -> fields(s, steering)).toList());
    return fields;
  }

  private static Map<String, Object> fields(Steer steer, Steering steering) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("latent", steer.latent());
    fields.put("mode", steer.mode().key());
    if (steer.mode() != Steer.Mode.ABLATE) {
      fields.put("strength", steer.strength());
    }
    if (steer.mode().hasUnit()) {
      fields.put("unit", steer.unit().key());
    }
    ActivationScale scale = steering.scales().get(steer.latent());
    if (scale != null) {
      fields.put("max", scale.max());
      fields.put("mean", scale.mean());
    }
    return fields;
  }
}
