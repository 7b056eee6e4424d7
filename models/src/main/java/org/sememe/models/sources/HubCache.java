package org.sememe.models.sources;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The cache of the hub's own tools: {@code models--OWNER--NAME/snapshots/COMMIT/FILE}, with the
 * commit of a branch in {@code refs/BRANCH}. It is read only.
 *
 * @param root its folder, which need not be there
 */
record HubCache(Path root) {
  private static final String COMMIT = "[0-9a-f]{40}";

  /** {@code HF_HUB_CACHE}, else {@code HF_HOME/hub}, else {@code ~/.cache/huggingface/hub}. */
  static HubCache of(Map<String, String> environment, Path home) {
    return new HubCache(
        named(environment, "HF_HUB_CACHE")
            .or(() -> named(environment, "HF_HOME").map(folder -> folder.resolve("hub")))
            .orElse(home.resolve(".cache").resolve("huggingface").resolve("hub")));
  }

  private static Optional<Path> named(Map<String, String> environment, String variable) {
    return Optional.ofNullable(environment.get(variable))
        .filter(value -> !value.isBlank())
        .map(Path::of);
  }

  /** A file, where it is there. */
  Optional<Path> file(Origin.HuggingFace origin) {
    return snapshot(origin.repository(), origin.revision())
        .map(snapshot -> snapshot.resolve(origin.path()))
        .filter(Files::isRegularFile);
  }

  /** A folder, where its weights are there; sharded ones may be there in part, and are fetched. */
  Optional<Path> folder(HubFolder folder) {
    return snapshot(folder.repository(), folder.revision())
        .map(snapshot -> snapshot.resolve(folder.folder()))
        .filter(Files::isDirectory)
        .filter(HubCache::hasWeights);
  }

  private static boolean hasWeights(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      List<String> names = files.map(file -> file.getFileName().toString()).toList();
      return names.stream().anyMatch(HubFolder::isWeights)
          && names.stream().noneMatch(name -> name.endsWith(".index.json"));
    } catch (IOException e) {
      return false; // it is fetched
    }
  }

  private Optional<Path> snapshot(String name, String revision) {
    Path repository = root.resolve("models--" + name.replace("/", "--"));
    return commit(repository, revision)
        .map(commit -> repository.resolve("snapshots").resolve(commit));
  }

  private static Optional<String> commit(Path repository, String revision) {
    if (revision.matches(COMMIT)) {
      return Optional.of(revision);
    }
    try {
      return Optional.of(Files.readString(repository.resolve("refs").resolve(revision)).strip())
          .filter(commit -> commit.matches(COMMIT));
    } catch (IOException e) {
      return Optional.empty(); // not there: it is fetched
    }
  }
}
