package org.sememe.tensors.archive;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Bytes that stand deflated in a mapped file. They are inflated anew at each read, through a small
 * buffer; never more than {@code size}.
 */
record DeflatedBytes(MemorySegment packed, long size, long offset) implements ByteSource {
  private static final int BUFFER = 1 << 14;
  private static final long CHUNK = 1 << 20;

  /** Takes the next inflated bytes; says whether to go on. */
  @FunctionalInterface
  private interface Sink {
    boolean accept(byte[] buffer, int length, long position);
  }

  /** The checksum of the inflated bytes; throws unless there are exactly {@link #size}. */
  long checksum() throws DataFormatException {
    CRC32 checksum = new CRC32();
    inflate(
        (buffer, length, position) -> {
          checksum.update(buffer, 0, length);
          return true;
        });
    return checksum.getValue();
  }

  @Override
  public void copyTo(long from, MemorySegment target) {
    long end = from + target.byteSize();
    if (from < 0 || end > size) {
      throw new IndexOutOfBoundsException("bytes " + from + " to " + end + " of " + size);
    }
    try {
      inflate(
          (buffer, length, position) -> {
            long first = Math.max(from, position);
            long last = Math.min(end, position + length);
            if (first < last) {
              MemorySegment.copy(
                  MemorySegment.ofArray(buffer),
                  first - position,
                  target,
                  first - from,
                  last - first);
            }
            return position + length < end;
          });
    } catch (DataFormatException e) {
      throw new IllegalStateException("the file changed while it was open: " + e.getMessage(), e);
    }
  }

  private void inflate(Sink sink) throws DataFormatException {
    Inflater inflater = new Inflater(true);
    try {
      byte[] buffer = new byte[BUFFER];
      long fed = 0;
      long position = 0;
      while (true) {
        int length = inflater.inflate(buffer);
        if (length > size - position) {
          throw new DataFormatException("more than the " + size + " bytes that it claims");
        }
        if (length > 0 && !sink.accept(buffer, length, position)) {
          return;
        }
        position += length;
        if (inflater.finished()) {
          break;
        }
        if (inflater.needsDictionary()) {
          throw new DataFormatException("it needs a dictionary");
        }
        if (length == 0) {
          long next = Math.min(CHUNK, packed.byteSize() - fed);
          if (next == 0) {
            throw new DataFormatException("it ends early");
          }
          inflater.setInput(packed.asSlice(fed, next).asByteBuffer());
          fed += next;
        }
      }
      if (position != size) {
        throw new DataFormatException(position + " bytes instead of the " + size + " it claims");
      }
    } finally {
      inflater.end();
    }
  }
}
