package org.sememe.activations;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.safetensors.SafetensorsWriter;

/**
 * Collects the rows of one split in native memory and writes a shard whenever it is full. Owns its
 * memory. One thread at a time.
 */
final class ShardWriter implements AutoCloseable {
  private final Path folder;
  private final Split split;
  private final SequencedMap<String, Integer> widths;
  private final StoreType type;
  private final int capacity;
  private final Arena arena = Arena.ofShared();
  private final List<MemorySegment> values = new ArrayList<>();
  private final Map<String, MemorySegment> columns = new LinkedHashMap<>();
  private final List<StoreManifest.ShardEntry> written = new ArrayList<>();
  private int rows;

  /**
   * A writer.
   *
   * @param widths hook point to its width, in order
   * @param capacity rows in a full shard, at least 1
   */
  ShardWriter(
      Path folder,
      Split split,
      SequencedMap<String, Integer> widths,
      StoreType type,
      int capacity) {
    this.folder = folder;
    this.split = split;
    this.widths = widths;
    this.type = type;
    this.capacity = capacity;
  }

  /** Adds a row; true if that wrote a shard. */
  boolean add(List<MemorySegment> row, long token, long document, long position, long context)
      throws IOException {
    if (values.isEmpty()) {
      for (int width : widths.values()) {
        values.add(arena.allocate((long) capacity * width * type.bytes(), Long.BYTES));
      }
      for (String column : ShardFile.COLUMNS) {
        columns.put(column, arena.allocate(ValueLayout.JAVA_LONG, capacity));
      }
    }
    for (int hook = 0; hook < row.size(); hook++) {
      long count = row.get(hook).byteSize() / Float.BYTES;
      type.narrow(row.get(hook), values.get(hook), rows * count * type.bytes(), count);
    }
    long[] cells = {token, document, position, context};
    int cell = 0;
    for (MemorySegment column : columns.values()) {
      column.setAtIndex(ValueLayout.JAVA_LONG, rows, cells[cell++]);
    }
    return ++rows == capacity && flush();
  }

  /** Writes what was collected; false if that is nothing. */
  boolean flush() throws IOException {
    if (rows == 0) {
      return false;
    }
    String name = "%s-%05d.safetensors".formatted(split.key(), written.size());
    Path file = folder.resolve(name);
    try (PointerScope scope = new PointerScope()) {
      SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
      int hook = 0;
      for (Map.Entry<String, Integer> width : widths.entrySet()) {
        tensors.put(
            width.getKey(),
            TensorMemory.tensor(values.get(hook++), type.scalarType(), rows, width.getValue()));
      }
      columns.forEach(
          (column, cells) ->
              tensors.put(column, TensorMemory.tensor(cells, ScalarType.Long, rows)));
      SafetensorsWriter.Written whole =
          SafetensorsWriter.writeHashed(file, tensors, Map.of("split", split.key()));
      written.add(new StoreManifest.ShardEntry(name, split, rows, whole.bytes(), whole.sha256()));
    }
    rows = 0;
    return true;
  }

  /** The shards written so far. */
  List<StoreManifest.ShardEntry> written() {
    return written;
  }

  @Override
  public void close() {
    arena.close();
  }
}
