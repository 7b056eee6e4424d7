package org.sememe.tensors;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * JSON files as UTF-8 text. Jackson would guess at UTF-16 and UTF-32 in bytes. Stateless,
 * thread-safe.
 */
public final class JsonFile {
  private JsonFile() {}

  /**
   * Reads a file whose outermost value is an object.
   *
   * @throws FormatException if it is not UTF-8, not JSON, or no object
   * @throws java.nio.file.NoSuchFileException if there is none
   */
  public static JsonNode read(ObjectMapper mapper, Path file) throws IOException {
    JsonNode json = read(mapper, file, JsonNode.class);
    if (!json.isObject()) {
      throw new FormatException(file, 0, "not a JSON object");
    }
    return json;
  }

  /**
   * Reads a file as a value of {@code type}.
   *
   * @throws FormatException if it is not UTF-8, not JSON, or not such a value
   * @throws java.nio.file.NoSuchFileException if there is none
   */
  public static <T> T read(ObjectMapper mapper, Path file, Class<T> type) throws IOException {
    try {
      T value = mapper.readValue(Files.readString(file), type);
      if (value == null) {
        throw new FormatException(file, 0, "null, where a value is expected");
      }
      return value;
    } catch (CharacterCodingException e) {
      throw new FormatException(file, 0, "not UTF-8 text");
    } catch (JsonProcessingException e) {
      long offset = e.getLocation() == null ? 0 : Math.max(0, e.getLocation().getCharOffset());
      throw new FormatException(file, offset, e.getOriginalMessage());
    }
  }
}
