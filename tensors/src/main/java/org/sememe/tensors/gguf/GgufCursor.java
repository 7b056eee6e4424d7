package org.sememe.tensors.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.MappedFile;

/** A position in a mapped file; no read goes past the end. */
final class GgufCursor {
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MappedFile file;
  private final MemorySegment memory;
  private long position;

  GgufCursor(MappedFile file) {
    this.file = file;
    this.memory = file.memory();
  }

  long position() {
    return position;
  }

  int int32(String what) throws FormatException {
    return memory.get(INT, advance(Integer.BYTES, what));
  }

  long int64(String what) throws FormatException {
    return memory.get(LONG, advance(Long.BYTES, what));
  }

  /**
   * A count of things that each take at least {@code leastBytes} of what is left of the file, so
   * that nothing is ever allocated or looped over by a number that the file cannot hold.
   */
  int count(long leastBytes, String what) throws FormatException {
    long at = position;
    long count = int64(what);
    if (count < 0 || count > (memory.byteSize() - position) / leastBytes) {
      throw problem(
          at,
          what
              + " of "
              + Long.toUnsignedString(count)
              + " is more than the rest of the file holds");
    }
    if (count > Integer.MAX_VALUE - 8) {
      throw problem(at, what + " of " + count + " is over the limit of this reader");
    }
    return (int) count;
  }

  byte[] bytes(long count, String what) throws FormatException {
    return memory.asSlice(advance(count, what), count).toArray(ValueLayout.JAVA_BYTE);
  }

  /** A string: its length in bytes (64 bits), then UTF-8. */
  String string(String what) throws FormatException {
    int length = count(1, "length of " + what);
    long at = position;
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes(length, what)))
          .toString();
    } catch (CharacterCodingException e) {
      throw problem(at, what + " is not UTF-8");
    }
  }

  FormatException problem(long at, String problem) {
    return new FormatException(file.path(), at, problem);
  }

  private long advance(long count, String what) throws FormatException {
    if (count > memory.byteSize() - position) {
      throw problem(memory.byteSize(), "the file ends inside " + what);
    }
    long at = position;
    position += count;
    return at;
  }
}
