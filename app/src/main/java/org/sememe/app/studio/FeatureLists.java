package org.sememe.app.studio;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.sememe.tensors.AtomicFile;

/**
 * Lists of features that people keep, in a file beside the run that indexing does not touch: {@code
 * {"lists": {"places": [3, 17]}}}. Each change reads the file and writes it whole or not at all.
 * Thread-safe.
 */
public final class FeatureLists {
  /** The file's name, in the folder of what is kept of a dictionary. */
  public static final String FILE = "lists.json";

  static final int MOST_LISTS = 500;
  static final int MOST_LATENTS = 10_000;
  static final int MOST_NAME = 100;
  private static final long MOST_BYTES = 64L << 20;

  private static final JsonMapper JSON = new JsonMapper();

  private final Path file;

  /** Lists in a file, which need not be there yet. */
  public FeatureLists(Path file) {
    this.file = file;
  }

  /**
   * All lists by name, their latents ascending.
   *
   * @throws UncheckedIOException if the file cannot be read, or is not one of lists
   */
  public synchronized SortedMap<String, Set<Integer>> all() {
    SortedMap<String, Set<Integer>> all = new TreeMap<>();
    try {
      if (Files.size(file) > MOST_BYTES) {
        throw damaged("larger than 64 MB");
      }
      JsonNode lists = JSON.readTree(Files.readAllBytes(file)).path("lists");
      if (!lists.isObject()) {
        throw damaged("it has no object 'lists'");
      }
      for (Iterator<Map.Entry<String, JsonNode>> each = lists.fields(); each.hasNext(); ) {
        Map.Entry<String, JsonNode> one = each.next();
        all.put(one.getKey(), latents(one.getKey(), one.getValue()));
      }
    } catch (NoSuchFileException e) {
      return all;
    } catch (JsonProcessingException e) {
      throw damaged("not JSON");
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": " + e.getMessage(), e);
    }
    return all;
  }

  private Set<Integer> latents(String name, JsonNode list) {
    Set<Integer> latents = new TreeSet<>();
    for (JsonNode latent : list) {
      if (!latent.isInt() || latent.intValue() < 0) {
        throw damaged("the list '" + name + "' has " + latent + ", which is no latent");
      }
      latents.add(latent.intValue());
    }
    if (!list.isArray()) {
      throw damaged("'" + name + "' is no list of latents");
    }
    return latents;
  }

  private UncheckedIOException damaged(String what) {
    String line = file + ": not a file of lists (" + what + "): mend it or move it away";
    return new UncheckedIOException(line, new IOException(line));
  }

  /**
   * Keeps a list under a name, in the place of one that was there; an empty one takes it away.
   *
   * @throws IllegalArgumentException if the name is empty or too long, or there are too many
   * @throws UncheckedIOException if the file cannot be written; what was there stays
   */
  public synchronized void put(String name, Set<Integer> latents) {
    if (name.isBlank() || name.length() > MOST_NAME) {
      throw new IllegalArgumentException("name: 1 to " + MOST_NAME + " characters");
    }
    if (latents.size() > MOST_LATENTS) {
      throw new IllegalArgumentException("latents: at most 10,000 in a list");
    }
    SortedMap<String, Set<Integer>> all = all();
    if (latents.isEmpty()) {
      all.remove(name);
    } else {
      all.put(name, new TreeSet<>(latents));
    }
    if (all.size() > MOST_LISTS) {
      throw new IllegalArgumentException("there are " + MOST_LISTS + " lists: take one away first");
    }
    ObjectNode whole = JSON.createObjectNode();
    ObjectNode lists = whole.putObject("lists");
    all.forEach(
        (key, list) -> {
          ArrayNode numbers = lists.putArray(key);
          list.forEach(numbers::add);
        });
    try {
      AtomicFile.write(
          file, out -> out.write(JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(whole)));
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": " + e.getMessage(), e);
    }
  }
}
