package org.sememe.models.sources;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The folder of what was fetched: {@code models/NAME/FILE}. A file in it is whole and verified.
 *
 * @param root the cache's folder
 */
record ModelCache(Path root) {
  /** {@code SEMEME_HOME}, else {@code XDG_CACHE_HOME/sememe}, else {@code ~/.cache/sememe}. */
  static ModelCache of(Map<String, String> environment, Path home) {
    return new ModelCache(
        named(environment, "SEMEME_HOME")
            .or(() -> named(environment, "XDG_CACHE_HOME").map(cache -> cache.resolve("sememe")))
            .orElse(home.resolve(".cache").resolve("sememe")));
  }

  private static Optional<Path> named(Map<String, String> environment, String variable) {
    String value = environment.getOrDefault(variable, "");
    return value.isBlank() ? Optional.empty() : Optional.of(Path.of(value));
  }

  /** The folder of all models. */
  Path models() {
    return root.resolve("models");
  }

  /** Where a model's file is, or will be. */
  Path file(CatalogueEntry entry) {
    return models().resolve(entry.name()).resolve(entry.file());
  }

  /** A model's file, where it is there. */
  Optional<Path> cached(CatalogueEntry entry) {
    return Optional.of(file(entry)).filter(Files::isRegularFile);
  }
}
