package org.sememe.sae.design;

import java.util.Collections;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A user's own piece as options and files name it: {@code NAME} or {@code
 * NAME:key=value+key=value}. Immutable, thread-safe.
 *
 * @param name as its provider says
 * @param options its own, by their names
 */
public record OwnPiece(String name, SequencedMap<String, String> options) {
  private static final String NAME = "[a-z0-9][a-z0-9-]*";

  public OwnPiece {
    if (!name.matches(NAME)) {
      throw new IllegalArgumentException(
          "a piece is called '%s', need lower case words joined by hyphens".formatted(name));
    }
    options = Collections.unmodifiableSequencedMap(new TreeMap<>(options));
  }

  /**
   * Reads what {@link #toString} writes.
   *
   * @throws IllegalArgumentException if it is of another form
   */
  public static OwnPiece parse(String text) {
    int colon = text.indexOf(':');
    SequencedMap<String, String> options = new TreeMap<>();
    if (colon >= 0) {
      for (String pair : text.substring(colon + 1).split("\\+", -1)) {
        int equals = pair.indexOf('=');
        if (equals < 1) {
          throw new IllegalArgumentException(
              text + ": need NAME or NAME:key=value+key=value, and '" + pair + "' is no pair");
        }
        options.put(pair.substring(0, equals), pair.substring(equals + 1));
      }
    }
    return new OwnPiece(colon < 0 ? text : text.substring(0, colon), options);
  }

  @Override
  public String toString() {
    return options.isEmpty()
        ? name
        : name
            + options.entrySet().stream()
                .map(option -> option.getKey() + "=" + option.getValue())
                .collect(Collectors.joining("+", ":", ""));
  }
}
