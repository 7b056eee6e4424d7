package org.sememe.training;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/**
 * The hook points that a run's rows are of, in the order in which a row has them.
 *
 * @param read what the dictionary reads, at least one
 * @param target what it makes of that, where it is something else
 */
public record RowHooks(List<String> read, Optional<String> target) {
  private static final String SEPARATOR = ",";

  /**
   * Copies the list.
   *
   * @throws IllegalArgumentException if a hook point is named twice, or a target is to be made of
   *     several
   */
  public RowHooks {
    read = List.copyOf(read);
    if (read.isEmpty() || read.stream().anyMatch(String::isBlank)) {
      throw new IllegalArgumentException("a hook point without a name");
    }
    if (target.isPresent() && read.size() > 1) {
      throw new IllegalArgumentException(
          "a target is made from one hook point, not from " + String.join(SEPARATOR, read));
    }
    List<String> all = all(read, target);
    if (new HashSet<>(all).size() < all.size()) {
      throw new IllegalArgumentException(
          "a hook point is named twice: " + String.join(SEPARATOR, all));
    }
  }

  /** All hook points of several, each once: what has to be read for all of them. */
  public static RowHooks union(List<RowHooks> all) {
    return new RowHooks(
        all.stream().flatMap(hooks -> hooks.all().stream()).distinct().toList(), Optional.empty());
  }

  /** Those of a text such as {@code A} or {@code A,B}. */
  public static RowHooks of(String read, Optional<String> target) {
    return new RowHooks(List.of(read.strip().split("\\s*" + SEPARATOR + "\\s*", -1)), target);
  }

  /** All of them. */
  public List<String> all() {
    return all(read, target);
  }

  private static List<String> all(List<String> read, Optional<String> target) {
    List<String> all = new ArrayList<>(read);
    target.ifPresent(all::add);
    return all;
  }

  /** What is read, as {@link #of} takes it. */
  public String text() {
    return String.join(SEPARATOR, read);
  }

  /** What a dictionary of such rows is. */
  public SiteOptions.Reading kind() {
    if (target.isPresent()) {
      return SiteOptions.Reading.TRANSCODER;
    }
    return read.size() > 1 ? SiteOptions.Reading.CROSSCODER : SiteOptions.Reading.AUTOENCODER;
  }
}
