package org.sememe.sae.formats;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.sememe.tensors.pickle.PickleValue;

/** The texts and numbers of a torch file, by name; those of an inner dictionary after a dot. */
final class PlainValues {
  private PlainValues() {}

  static Map<String, Object> of(PickleValue root) {
    Map<String, Object> found = new HashMap<>();
    root.dict().ifPresent(all -> add(all, "", found));
    return found;
  }

  private static void add(PickleValue.Dict from, String prefix, Map<String, Object> found) {
    from.entries()
        .forEach(
            (key, value) -> {
              String name = prefix + key.text().orElse("");
              plain(value).ifPresent(simple -> found.putIfAbsent(name, simple));
              if (prefix.isEmpty()) {
                value.dict().ifPresent(inner -> add(inner, name + ".", found));
              }
            });
  }

  private static Optional<Object> plain(PickleValue value) {
    if (value.integer().isPresent()) {
      return Optional.of(value.integer().getAsLong());
    }
    if (value.number().isPresent()) {
      return Optional.of(value.number().getAsDouble());
    }
    return value.text().map(text -> text);
  }
}
