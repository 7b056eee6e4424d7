package org.sememe.tensors;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DatabindException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
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
    String text = text(file);
    try {
      T value = mapper.readValue(text, type);
      if (value == null) {
        throw new FormatException(file, 0, "null, where a value is expected");
      }
      return value;
    } catch (JsonProcessingException e) {
      long at = e.getLocation() == null ? 0 : Math.max(0, e.getLocation().getCharOffset());
      String before = text.substring(0, (int) Math.min(text.length(), at));
      throw new FormatException(
          file,
          before.getBytes(StandardCharsets.UTF_8).length,
          (e instanceof DatabindException ? "" : "not JSON: ")
              + e.getOriginalMessage().replaceAll("\\s+", " "));
    }
  }

  private static String text(Path file) throws IOException {
    try {
      return Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new FormatException(file, 0, "not UTF-8 text");
    }
  }
}
