package org.sememe.tensors.archive;

import java.lang.foreign.MemorySegment;

/** Bytes of a mapped file, as they are or inflated when asked for. Thread-safe. */
public interface ByteSource {
  /** How many there are. */
  long size();

  /** Where the first one (packed or not) is in the file. */
  long offset();

  /**
   * Copies the bytes from {@code from} on until {@code target} is full.
   *
   * @throws IllegalStateException if the file was closed or changed since it was opened
   */
  void copyTo(long from, MemorySegment target);

  /** What follows the first {@code skipped} bytes. */
  default ByteSource after(long skipped) {
    return new Rest(this, skipped);
  }

  /** Bytes that stand in the file as they are; {@code offset} is where. */
  static ByteSource of(MemorySegment memory, long offset) {
    return new Plain(memory, offset);
  }

  /** Bytes that stand in the file as they are. */
  record Plain(MemorySegment memory, long offset) implements ByteSource {
    @Override
    public long size() {
      return memory.byteSize();
    }

    @Override
    public ByteSource after(long skipped) {
      return new Plain(memory.asSlice(skipped), offset + skipped);
    }

    @Override
    public void copyTo(long from, MemorySegment target) {
      target.copyFrom(memory.asSlice(from, target.byteSize()));
    }
  }

  /** What follows the first {@code skipped} bytes of packed ones. */
  record Rest(ByteSource all, long skipped) implements ByteSource {
    @Override
    public long size() {
      return all.size() - skipped;
    }

    @Override
    public long offset() {
      return all.offset();
    }

    @Override
    public void copyTo(long from, MemorySegment target) {
      all.copyTo(skipped + from, target);
    }
  }
}
