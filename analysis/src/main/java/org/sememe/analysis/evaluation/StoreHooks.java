package org.sememe.analysis.evaluation;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.sememe.activations.Shard;

/**
 * Hook points whose values make a row, one after the other.
 *
 * @param names of the hook points
 * @param widths their values
 */
record StoreHooks(List<String> names, List<Integer> widths) {
  /** Values a row. */
  int width() {
    return widths.stream().mapToInt(Integer::intValue).sum();
  }

  /** Copies rows of a shard into a buffer {@code [rows, width]}, from its row {@code at} on. */
  void copy(Shard shard, long first, int count, MemorySegment buffer, int at) {
    long rowBytes = (long) width() * Float.BYTES;
    if (names.size() == 1) {
      shard.copyRows(names.getFirst(), first, count, buffer, at * rowBytes);
      return;
    }
    long offset = at * rowBytes;
    for (int part = 0; part < names.size(); part++) {
      for (int row = 0; row < count; row++) {
        shard.copyRows(names.get(part), first + row, 1, buffer, offset + row * rowBytes);
      }
      offset += (long) widths.get(part) * Float.BYTES;
    }
  }
}
