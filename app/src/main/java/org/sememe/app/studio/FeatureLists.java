package org.sememe.app.studio;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.function.Function;

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

  private final KeptFile file;

  /** Lists in a file, which need not be there yet. */
  public FeatureLists(Path file) {
    this.file = new KeptFile(file, "lists");
  }

  /**
   * All lists by name, their latents ascending.
   *
   * @throws UncheckedIOException if the file cannot be read, or is not one of lists
   */
  public synchronized SortedMap<String, Set<Integer>> all() {
    return file.read(Function.identity(), FeatureLists::latents);
  }

  private static Set<Integer> latents(String name, JsonNode list) {
    Set<Integer> latents = new TreeSet<>();
    for (JsonNode latent : list) {
      if (!latent.isInt() || latent.intValue() < 0) {
        throw new IllegalArgumentException(
            "the list '" + name + "' has " + latent + ", which is no latent");
      }
      latents.add(latent.intValue());
    }
    if (!list.isArray()) {
      throw new IllegalArgumentException("'" + name + "' is no list of latents");
    }
    return latents;
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
    file.write(all, (kept, key, list) -> list.forEach(kept.putArray(key)::add));
  }
}
