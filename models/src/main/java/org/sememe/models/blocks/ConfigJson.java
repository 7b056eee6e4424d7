package org.sememe.models.blocks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFile;

/**
 * The options in a {@code config.json}. A key whose value is null counts as absent. Unmodifiable.
 */
public final class ConfigJson {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;
  private final JsonNode json;

  private ConfigJson(Path file, JsonNode json) {
    this.file = file;
    this.json = json;
  }

  /**
   * Reads a file.
   *
   * @throws FormatException if it is no JSON object
   */
  public static ConfigJson read(Path file) throws IOException {
    return new ConfigJson(file, JsonFile.read(JSON, file));
  }

  /** The file, for messages. */
  public Path file() {
    return file;
  }

  /** The value of a key, missing where it is absent. */
  public JsonNode at(String key) {
    return json.path(key);
  }

  /** Whether the key has a value. */
  public boolean has(String key) {
    return json.hasNonNull(key);
  }

  /**
   * A whole number that has to be there.
   *
   * @throws FormatException if it is not
   */
  public int integer(String key) throws IOException {
    if (!has(key)) {
      throw new FormatException(file, 0, "no whole number '" + key + "'");
    }
    return integer(key, 0);
  }

  /**
   * A whole number, or {@code otherwise} where there is none.
   *
   * @throws FormatException if the value is something else
   */
  public int integer(String key, int otherwise) throws IOException {
    JsonNode value = json.path(key);
    if (!has(key)) {
      return otherwise;
    }
    if (!value.isIntegralNumber() || !value.canConvertToInt()) {
      throw new FormatException(file, 0, "'" + key + "' is " + value + ", need a whole number");
    }
    return value.asInt();
  }

  /**
   * A number, or {@code otherwise} where there is none.
   *
   * @throws FormatException if the value is something else
   */
  public double number(String key, double otherwise) throws IOException {
    JsonNode value = json.path(key);
    if (!has(key)) {
      return otherwise;
    }
    if (!value.isNumber()) {
      throw new FormatException(file, 0, "'" + key + "' is " + value + ", need a number");
    }
    return value.asDouble();
  }

  /** A text, or {@code otherwise} where there is none. */
  public String text(String key, String otherwise) {
    return has(key) ? json.path(key).asText() : otherwise;
  }

  /** Whether a key is true, or {@code otherwise} where it is absent. */
  public boolean flag(String key, boolean otherwise) {
    return json.path(key).asBoolean(otherwise);
  }
}
