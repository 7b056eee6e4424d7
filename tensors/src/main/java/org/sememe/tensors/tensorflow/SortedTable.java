package org.sememe.tensors.tensorflow;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.MappedFile;
import org.sememe.tensors.archive.Allowance;

/**
 * A sorted table of keys and values as LevelDB writes it, uncompressed, checked by its checksums.
 *
 * <p>Source: LevelDB's doc/table_format.md. A block is entries that share the beginnings of their
 * keys, restart points, and a trailer of five bytes; the footer of 48 bytes says where the index
 * is, whose values say where the blocks are.
 */
final class SortedTable {
  private static final int FOOTER = 48;
  private static final long MAGIC = 0xdb4775248b80fb57L;
  private static final int TRAILER = 5;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MappedFile file;
  private final MemorySegment memory;
  private final Allowance keys;
  private long reached;

  private SortedTable(MappedFile file) {
    this.file = file;
    this.memory = file.memory();
    this.keys = Allowance.forContents(file);
  }

  /** Hears of every entry, in order. */
  @FunctionalInterface
  interface Listener {
    /**
     * An entry.
     *
     * @param value a view of the mapped file
     * @param offset where the value is
     */
    void entry(String key, MemorySegment value, long offset) throws FormatException;
  }

  /**
   * Reads all of a table. Blocks that overlap and keys out of order are refused: each is read once.
   *
   * @throws FormatException if it is damaged
   */
  static void read(MappedFile file, Listener listener) throws FormatException {
    new SortedTable(file).read(listener);
  }

  private void read(Listener listener) throws FormatException {
    long footer = memory.byteSize() - FOOTER;
    if (footer < 0 || memory.get(LONG, memory.byteSize() - Long.BYTES) != MAGIC) {
      throw problem(Math.max(0, footer), "not the index of a TensorFlow checkpoint");
    }
    Varints handles = new Varints(footer, memory.byteSize() - Long.BYTES);
    handles.next(); // of the index of filters, which has no use here
    handles.next();
    block(
        handles.next(),
        handles.next(),
        footer,
        (key, value, offset) -> {
          Varints handle = new Varints(offset, offset + value.byteSize());
          long start = handle.next();
          long size = handle.next();
          if (start < reached) {
            throw problem(offset, "a block begins inside the one before");
          }
          block(start, size, footer, listener);
          reached = start + size + TRAILER;
        });
  }

  private void block(long start, long size, long limit, Listener listener) throws FormatException {
    if (start < 0 || size < Integer.BYTES || start > limit || size > limit - start - TRAILER) {
      throw problem(0, "a block of " + size + " bytes at " + start + " is not inside the file");
    }
    long trailer = start + size;
    if (memory.get(ValueLayout.JAVA_BYTE, trailer) != 0) {
      throw problem(trailer, "a compressed block, which TensorFlow does not write");
    }
    if (Checksum.masked(memory.asSlice(start, size + 1)) != memory.get(INT, trailer + 1)) {
      throw problem(start, "a block does not have its checksum; fetch the file again");
    }
    long restarts = Integer.toUnsignedLong(memory.get(INT, trailer - Integer.BYTES));
    long end = trailer - Integer.BYTES * (1 + restarts);
    if (end < start) {
      throw problem(trailer, restarts + " restart points in a block of " + size + " bytes");
    }
    entries(start, end, listener);
  }

  private void entries(long start, long end, Listener listener) throws FormatException {
    byte[] key = {};
    boolean first = true;
    Varints varints = new Varints(start, end);
    while (varints.at < end) {
      long entry = varints.at;
      long shared = varints.next();
      long fresh = varints.next();
      long length = varints.next();
      long room = end - varints.at;
      if (shared > key.length || fresh > room || length > room - fresh) {
        throw problem(entry, "an entry ends after its block");
      }
      keys.take(shared + fresh, entry, "a key");
      byte[] next = Arrays.copyOf(key, (int) (shared + fresh));
      MemorySegment.copy(
          memory, ValueLayout.JAVA_BYTE, varints.at, next, (int) shared, (int) fresh);
      if (!first && Arrays.compareUnsigned(key, next) >= 0) {
        throw problem(entry, "a key that is not behind the one before");
      }
      first = false;
      key = next;
      long value = varints.at + fresh;
      String name = new String(key, StandardCharsets.UTF_8);
      listener.entry(name, memory.asSlice(value, length), value);
      varints.at = value + length;
    }
  }

  private FormatException problem(long at, String problem) {
    return new FormatException(file.path(), at, problem);
  }

  /** Numbers of variable length, one after the other, none negative. */
  private final class Varints {
    private static final int LONGEST = 9;
    private final long end;
    private long at;

    Varints(long start, long end) {
      this.at = start;
      this.end = end;
    }

    long next() throws FormatException {
      long start = at;
      long result = 0;
      for (int i = 0; i < LONGEST; i++) {
        if (at >= end) {
          break;
        }
        byte part = memory.get(ValueLayout.JAVA_BYTE, at++);
        result |= (part & 0x7fL) << (7 * i);
        if (part >= 0) {
          return result;
        }
      }
      throw problem(start, "a number that does not end");
    }
  }
}
