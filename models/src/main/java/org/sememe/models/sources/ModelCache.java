package org.sememe.models.sources;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The folder of what was fetched: {@code models/NAME/FILE}. A file in it is whole and verified.
 *
 * @param root the cache's folder
 * @param kind the folder in it: {@code models}, or {@code corpora} for texts, {@code pictures} for
 *     those
 */
record ModelCache(Path root, String kind) {
  private static final String MODELS = "models";
  private static final String CORPORA = "corpora";
  private static final String PICTURES = "pictures";

  /** Models in a cache. */
  ModelCache(Path root) {
    this(root, MODELS);
  }

  /** Texts in the same cache. */
  ModelCache corpora() {
    return new ModelCache(root, CORPORA);
  }

  /** Pictures in the same cache. */
  ModelCache pictures() {
    return new ModelCache(root, PICTURES);
  }

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

  /** Where a model is, or will be: its only file, or the folder of its files. */
  Path place(CatalogueEntry entry) {
    return entry.files().size() == 1
        ? file(entry, entry.files().getFirst())
        : models().resolve(entry.name());
  }

  /** Where a file of a model is, or will be. */
  Path file(CatalogueEntry entry, CatalogueFile file) {
    return models().resolve(entry.name()).resolve(file.name());
  }

  /** Where a file that was asked for by its source is, or will be: each revision has its own. */
  Path file(Origin origin) {
    return switch (origin) {
      case Origin.Packaged file ->
          models()
              .resolve(file.scheme())
              .resolve(file.requirement().replace(':', '/'))
              .resolve(file.path().replace("!/", "/"));
      case Origin.HuggingFace hub ->
          models()
              .resolve("hf")
              .resolve(hub.repository())
              .resolve(hub.revision())
              .resolve(hub.path());
      case Origin.Text text ->
          throw new IllegalArgumentException("a text of the catalogue has no place of its own");
    };
  }

  /** Where a folder of the hub is, or will be: among the files that were asked for one by one. */
  Path place(HubFolder folder) {
    return folder.below(models().resolve("hf"));
  }

  private Path models() {
    return root.resolve(kind);
  }
}
