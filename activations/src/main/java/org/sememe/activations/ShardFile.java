package org.sememe.activations;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.TensorInfo;
import org.sememe.tensors.TensorType;
import org.sememe.tensors.safetensors.SafetensorsFile;

/** A shard over its mapped file. */
final class ShardFile implements Shard, AutoCloseable {
  private static final String TOKENS = "token_ids";
  private static final String DOCUMENTS = "document_ids";
  private static final String POSITIONS = "positions";
  private static final String CONTEXTS = "context_ids";

  /** The int64 columns beside the activations, in the order written. */
  static final List<String> COLUMNS = List.of(TOKENS, DOCUMENTS, POSITIONS, CONTEXTS);

  private final StoreManifest.ShardEntry entry;
  private final StoreManifest manifest;
  private final SafetensorsFile file;

  private ShardFile(StoreManifest.ShardEntry entry, StoreManifest manifest, SafetensorsFile file) {
    this.entry = entry;
    this.manifest = manifest;
    this.file = file;
  }

  static ShardFile open(Path folder, StoreManifest.ShardEntry entry, StoreManifest manifest)
      throws IOException {
    if (!entry.file().matches("[A-Za-z0-9_-]+\\.safetensors")) {
      throw new FormatException(
          folder.resolve(ActivationStore.MANIFEST), 0, "a shard may not be called " + entry.file());
    }
    Path path = folder.resolve(entry.file());
    long bytes = Files.size(path);
    if (bytes != entry.bytes()) {
      throw new FormatException(
          path,
          Math.min(bytes, entry.bytes()),
          bytes + " bytes, where the manifest says " + entry.bytes() + ": harvest the store again");
    }
    SafetensorsFile file = SafetensorsFile.open(path);
    try {
      ShardFile shard = new ShardFile(entry, manifest, file);
      for (String column : COLUMNS) {
        shard.require(column, TensorType.I64, List.of(entry.rows()));
      }
      for (String hook : manifest.hooks().keySet()) {
        shard.require(
            hook, manifest.dtype().fileType(), List.of(entry.rows(), (long) manifest.width(hook)));
      }
      return shard;
    } catch (Throwable problem) {
      file.close();
      throw problem;
    }
  }

  private void require(String name, TensorType type, List<Long> shape) throws FormatException {
    if (!file.names().contains(name)) {
      throw new FormatException(file.path(), 0, "no tensor \"" + name + "\" in it");
    }
    TensorInfo info = file.info(name);
    if (info.type() != type || !info.shape().equals(shape)) {
      throw new FormatException(
          file.path(),
          info.offset(),
          "tensor \"%s\" is %s %s, where the manifest says %s %s"
              .formatted(name, info.type(), info.shape(), type, shape));
    }
  }

  @Override
  public String file() {
    return entry.file();
  }

  @Override
  public String sha256() {
    return entry.sha256();
  }

  @Override
  public Split split() {
    return entry.split();
  }

  @Override
  public long rows() {
    return entry.rows();
  }

  @Override
  public StoreType dtype() {
    return manifest.dtype();
  }

  @Override
  public int width(String hook) {
    return manifest.width(hook);
  }

  @Override
  public MemorySegment activations(String hook) {
    width(hook);
    if (dtype() != StoreType.F32) {
      throw new IllegalStateException(
          "the store keeps " + dtype().key() + ": rows have to be copied");
    }
    return file.bytes(hook);
  }

  @Override
  public void copyRows(
      String hook, long first, long count, MemorySegment target, long targetOffset) {
    int width = width(hook);
    if (first < 0 || count < 0 || first + count > rows()) {
      throw new IndexOutOfBoundsException(
          "rows " + first + " to " + (first + count) + " of " + rows());
    }
    long stored = first * width * dtype().bytes();
    dtype().widen(file.bytes(hook), stored, target, targetOffset, count * width);
  }

  @Override
  public MemorySegment tokenIds() {
    return file.bytes(TOKENS);
  }

  @Override
  public MemorySegment documentIds() {
    return file.bytes(DOCUMENTS);
  }

  @Override
  public MemorySegment positions() {
    return file.bytes(POSITIONS);
  }

  @Override
  public MemorySegment contextIds() {
    return file.bytes(CONTEXTS);
  }

  @Override
  public void close() {
    file.close();
  }
}
