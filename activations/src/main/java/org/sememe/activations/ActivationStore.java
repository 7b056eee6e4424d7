package org.sememe.activations;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.sememe.tensors.AtomicFile;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFile;
import org.sememe.tensors.Sha256;

/**
 * A folder of activations, opened for reading: a manifest, shards of rows, and the contexts the
 * rows came from. Everything is memory-mapped; nothing is read before it is used.
 *
 * <p>Safe for any number of threads. Closing unmaps the files: segments handed out before become
 * invalid.
 */
public final class ActivationStore implements AutoCloseable {
  /** The manifest's file name. */
  static final String MANIFEST = "manifest.json";

  /** An array of the documents' names. */
  private static final String DOCUMENTS = "documents.json";

  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES);

  private final Path folder;
  private final StoreManifest manifest;
  private final List<ShardFile> shards = new ArrayList<>();
  private final Map<Split, ContextsFile> contexts = new EnumMap<>(Split.class);

  private ActivationStore(Path folder, StoreManifest manifest) {
    this.folder = folder;
    this.manifest = manifest;
  }

  /**
   * Opens the store in {@code folder} and checks manifest, file sizes, and every shard's tensors,
   * but not the checksums ({@link #verify} does).
   *
   * @throws IOException when a file is missing, truncated or not what the manifest says, or when
   *     the harvest was interrupted; the message names the file and what to do
   */
  public static ActivationStore open(Path folder) throws IOException {
    StoreManifest manifest = readManifest(folder);
    if (!manifest.complete()) {
      throw new IOException(
          folder + ": the harvest of this store was interrupted: run the same harvest again");
    }
    ActivationStore store = new ActivationStore(folder, manifest);
    try {
      for (StoreManifest.ShardEntry entry : manifest.shards()) {
        store.shards.add(ShardFile.open(folder, entry, manifest));
      }
      for (Split split : Split.values()) {
        if (manifest.counts(split).contexts() > 0) {
          store.contexts.put(split, ContextsFile.open(folder, split, manifest));
        }
        store.checkRows(split);
      }
      return store;
    } catch (Throwable problem) {
      store.close();
      throw problem;
    }
  }

  private void checkRows(Split split) throws FormatException {
    long rows = shards(split).stream().mapToLong(Shard::rows).sum();
    if (rows != manifest.counts(split).rows()) {
      throw new FormatException(
          folder.resolve(MANIFEST), 0, "its shards do not hold the rows of " + split.key());
    }
  }

  /** Whether a store, whole or not, lies in {@code folder}. */
  static boolean exists(Path folder) {
    return Files.exists(folder.resolve(MANIFEST));
  }

  static void writeManifest(Path folder, StoreManifest manifest) throws IOException {
    AtomicFile.write(
        folder.resolve(MANIFEST),
        out -> JSON.writerWithDefaultPrettyPrinter().writeValue(out, manifest));
  }

  static void writeDocumentNames(Path folder, List<String> names) throws IOException {
    AtomicFile.write(folder.resolve(DOCUMENTS), out -> JSON.writeValue(out, names));
  }

  /**
   * The names of the documents that were read, by the ordinals that rows and contexts give; empty
   * for a store that was written without them.
   */
  public List<String> documentNames() throws IOException {
    Path file = folder.resolve(DOCUMENTS);
    return Files.exists(file) ? List.of(JsonFile.read(JSON, file, String[].class)) : List.of();
  }

  /**
   * What the store in {@code folder} says about itself, also while it is being harvested; nothing
   * else is read.
   *
   * @throws IOException when there is none, or none of this version
   */
  public static StoreManifest readManifest(Path folder) throws IOException {
    Path file = folder.resolve(MANIFEST);
    try {
      StoreManifest manifest = JsonFile.read(JSON, file, StoreManifest.class);
      if (!StoreManifest.FORMAT.equals(manifest.format())
          || manifest.version() != StoreManifest.VERSION) {
        throw new FormatException(
            file,
            0,
            "not a store of this version: " + manifest.format() + " " + manifest.version());
      }
      return manifest;
    } catch (NoSuchFileException e) {
      throw new IOException(folder + ": no activation store there (no " + MANIFEST + ")", e);
    }
  }

  /** The store's folder. */
  public Path folder() {
    return folder;
  }

  /** What the store says about itself. */
  public StoreManifest manifest() {
    return manifest;
  }

  /** The shards of {@code split}, in the order written; empty when the store has none of it. */
  public List<Shard> shards(Split split) {
    return shards.stream().filter(shard -> shard.split() == split).map(Shard.class::cast).toList();
  }

  /**
   * The contexts of {@code split}.
   *
   * @throws IllegalStateException when the store has none of it
   */
  public Contexts contexts(Split split) {
    Contexts found = contexts.get(split);
    if (found == null) {
      throw new IllegalStateException(folder + ": the store holds no " + split.key() + " text");
    }
    return found;
  }

  /**
   * Reads everything: every shard's SHA-256 has to be the manifest's, and every row's token and
   * document those of its context.
   *
   * @throws IOException naming the first file that differs
   */
  public void verify() throws IOException {
    for (ShardFile shard : shards) {
      Path file = folder.resolve(shard.file());
      if (!Sha256.of(file).equals(shard.sha256())) {
        throw new FormatException(
            file, 0, "its SHA-256 is not the manifest's: harvest the store again");
      }
      new RowOrigins(shard, contexts(shard.split())).check(file);
    }
  }

  @Override
  public void close() {
    shards.forEach(ShardFile::close);
    contexts.values().forEach(ContextsFile::close);
  }
}
