package org.sememe.analysis.evaluation;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.sememe.activations.Shard;
import org.sememe.activations.Split;
import org.sememe.activations.StoreType;

/** A shard of rows in memory, of one hook point. */
record MemoryShard(String hook, List<Row> list) implements Shard {
  /** One row. */
  @SuppressWarnings("ArrayRecordComponent")
  record Row(float[] x, long document, long context, long position) {}

  @Override
  public String file() {
    return "held_out-00000.safetensors";
  }

  @Override
  public String sha256() {
    return "0".repeat(64);
  }

  @Override
  public Split split() {
    return Split.HELD_OUT;
  }

  @Override
  public long rows() {
    return list.size();
  }

  @Override
  public StoreType dtype() {
    return StoreType.BF16; // rows can only be copied out
  }

  @Override
  public int width(String name) {
    return list.getFirst().x().length;
  }

  @Override
  public MemorySegment activations(String name) {
    throw new IllegalStateException("only copies");
  }

  @Override
  public void copyRows(
      String name, long first, long count, MemorySegment target, long targetOffset) {
    if (!name.equals(hook)) {
      throw new IllegalArgumentException("no hook " + name);
    }
    long offset = targetOffset;
    for (Row row : list.subList((int) first, (int) (first + count))) {
      MemorySegment.copy(row.x(), 0, target, ValueLayout.JAVA_FLOAT, offset, row.x().length);
      offset += (long) row.x().length * Float.BYTES;
    }
  }

  @Override
  public MemorySegment tokenIds() {
    return MemorySegment.ofArray(new long[list.size()]);
  }

  @Override
  public MemorySegment documentIds() {
    return MemorySegment.ofArray(list.stream().mapToLong(Row::document).toArray());
  }

  @Override
  public MemorySegment positions() {
    return MemorySegment.ofArray(list.stream().mapToLong(Row::position).toArray());
  }

  @Override
  public MemorySegment contextIds() {
    return MemorySegment.ofArray(list.stream().mapToLong(Row::context).toArray());
  }
}
