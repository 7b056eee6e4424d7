package org.sememe.app.studio;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.sememe.tensors.AtomicFile;

/**
 * A file beside a run with what people made, which nothing makes anew: one JSON object under a
 * name, {@code {"notes": {"3": ...}}}. It is read and written as a whole.
 *
 * @param file need not be there yet
 * @param name of the object, and of what is in it
 */
record KeptFile(Path file, String name) {
  private static final long MOST_BYTES = 64L << 20;
  private static final JsonMapper JSON = new JsonMapper();

  /**
   * All of it by key; nothing where there is no file.
   *
   * @param key of a name; may throw IllegalArgumentException
   * @param value of a name and what stands under it; likewise
   * @throws UncheckedIOException if it cannot be read, or is no such file
   */
  <K extends Comparable<K>, V> SortedMap<K, V> read(
      Function<String, K> key, BiFunction<String, JsonNode, V> value) {
    SortedMap<K, V> all = new TreeMap<>();
    try {
      if (Files.size(file) > MOST_BYTES) {
        throw damaged("larger than 64 MB");
      }
      JsonNode kept = JSON.readTree(Files.readAllBytes(file)).path(name);
      if (!kept.isObject()) {
        throw damaged("it has no object '" + name + "'");
      }
      for (Map.Entry<String, JsonNode> one : kept.properties()) {
        all.put(key.apply(one.getKey()), value.apply(one.getKey(), one.getValue()));
      }
    } catch (NoSuchFileException e) {
      return all;
    } catch (JsonProcessingException e) {
      throw damaged("not JSON");
    } catch (IllegalArgumentException e) {
      throw damaged(e.getMessage());
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": " + e.getMessage(), e);
    }
    return all;
  }

  /** The latent that a key names. */
  static Integer latent(String key) {
    if (!key.matches("[0-9]{1,9}")) {
      throw new IllegalArgumentException("'" + key + "' is no latent");
    }
    return Integer.valueOf(key);
  }

  /**
   * Writes all of it.
   *
   * @param value puts one into an object, under its key
   * @throws UncheckedIOException if it cannot be written; what was there stays
   */
  <K, V> void write(Map<K, V> all, Entry<V> value) {
    ObjectNode whole = JSON.createObjectNode();
    ObjectNode kept = whole.putObject(name);
    all.forEach((key, one) -> value.put(kept, key.toString(), one));
    try {
      AtomicFile.write(
          file, out -> out.write(JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(whole)));
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": " + e.getMessage(), e);
    }
  }

  /** How one value is written. */
  @FunctionalInterface
  interface Entry<V> {
    void put(ObjectNode kept, String key, V value);
  }

  private UncheckedIOException damaged(String what) {
    String line = file + ": not a file of " + name + " (" + what + "): mend it or move it away";
    return new UncheckedIOException(line, new IOException(line));
  }
}
