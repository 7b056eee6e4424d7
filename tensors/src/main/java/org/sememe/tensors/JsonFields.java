package org.sememe.tensors;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The fields of a configuration file, checked as they are read. Missing and null fields are the
 * same. Immutable, thread-safe.
 *
 * @param file for messages
 * @param json its object
 */
public record JsonFields(Path file, JsonNode json) {
  /** Whether there is a value. */
  public boolean has(String key) {
    return json.hasNonNull(key);
  }

  /**
   * A number of things: 1 or above.
   *
   * @throws FormatException if it is anything else, or missing
   */
  public int count(String key) throws FormatException {
    JsonNode value = json.path(key);
    if (!value.canConvertToInt() || !value.canConvertToExactIntegral() || value.asInt() < 1) {
      throw wrong(key, "a positive whole number");
    }
    return value.asInt();
  }

  /**
   * A finite number.
   *
   * @throws FormatException if it is anything else, or missing
   */
  public double number(String key) throws FormatException {
    JsonNode value = json.path(key);
    if (!value.isNumber() || !Double.isFinite(value.asDouble())) {
      throw wrong(key, "a number");
    }
    return value.asDouble();
  }

  /**
   * A finite number above 0.
   *
   * @throws FormatException if it is anything else, or missing
   */
  public double positive(String key) throws FormatException {
    double value = number(key);
    if (value <= 0) {
      throw wrong(key, "a number above 0");
    }
    return value;
  }

  /**
   * A text.
   *
   * @throws FormatException if it is anything else, or missing
   */
  public String text(String key) throws FormatException {
    return optionalText(key).orElseThrow(() -> wrong(key, "a text"));
  }

  /**
   * A text; empty where there is none.
   *
   * @throws FormatException if it is anything else
   */
  public Optional<String> optionalText(String key) throws FormatException {
    if (!has(key)) {
      return Optional.empty();
    }
    if (!json.path(key).isTextual()) {
      throw wrong(key, "a text");
    }
    return Optional.of(json.path(key).asText());
  }

  /**
   * True or false.
   *
   * @param missing what no value stands for
   * @throws FormatException if it is anything else
   */
  public boolean flag(String key, boolean missing) throws FormatException {
    if (!has(key)) {
      return missing;
    }
    if (!json.path(key).isBoolean()) {
      throw wrong(key, "true or false");
    }
    return json.path(key).asBoolean();
  }

  /** The fields of an object in it; none where there is no such object. */
  public JsonFields object(String key) {
    JsonNode value = json.path(key);
    return new JsonFields(file, value.isObject() ? value : MissingNode.getInstance());
  }

  /** What to say of a field that is not what it should be. */
  public FormatException wrong(String key, String wanted) {
    return new FormatException(file, 0, "\"" + key + "\" is not " + wanted);
  }
}
