package org.sememe.tensors.pickle;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.sememe.tensors.FormatException;

/** A position in a pickle; no read goes past its end. */
final class PickleCursor {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble REAL =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final byte[] NOTHING = {};
  private static final int LONGEST_NAME = 300;
  private static final char REPLACEMENT = '\uFFFD';
  private static final int LONGEST_NUMBER = 1_024;

  private final Path path;
  private final long offset;
  private final MemorySegment memory;
  private long position;

  /**
   * A cursor at the start of {@code memory}.
   *
   * @param offset of its first byte in the file
   */
  PickleCursor(Path path, long offset, MemorySegment memory) {
    this.path = path;
    this.offset = offset;
    this.memory = memory;
  }

  long position() {
    return position;
  }

  long size() {
    return memory.byteSize();
  }

  /** A cursor of its own over the next bytes, at most {@code bytes} of them. */
  PickleCursor window(long bytes) {
    long length = Math.min(bytes, memory.byteSize() - position);
    return new PickleCursor(path, offset + position, memory.asSlice(position, length));
  }

  boolean atEnd() {
    return position == memory.byteSize();
  }

  int u8(String what) throws FormatException {
    return Byte.toUnsignedInt(memory.get(ValueLayout.JAVA_BYTE, advance(1, what)));
  }

  int u16(String what) throws FormatException {
    return Short.toUnsignedInt(memory.get(SHORT, advance(Short.BYTES, what)));
  }

  int int32(String what) throws FormatException {
    return memory.get(INT, advance(Integer.BYTES, what));
  }

  long u32(String what) throws FormatException {
    return Integer.toUnsignedLong(int32(what));
  }

  long int64(String what) throws FormatException {
    return memory.get(LONG, advance(Long.BYTES, what));
  }

  double real(String what) throws FormatException {
    return memory.get(REAL, advance(Double.BYTES, what));
  }

  byte[] bytes(long count, String what) throws FormatException {
    return count == 0 ? NOTHING : slice(count, what).toArray(ValueLayout.JAVA_BYTE);
  }

  MemorySegment slice(long count, String what) throws FormatException {
    return memory.asSlice(advance(count, what), count);
  }

  String text(long count, String what) throws FormatException {
    long at = position;
    byte[] bytes = bytes(count, what);
    String text = new String(bytes, StandardCharsets.UTF_8); // a strict decoder costs far more
    if (text.indexOf(REPLACEMENT) >= 0
        && !Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes)) {
      throw problem(at, what + " is not UTF-8");
    }
    return text;
  }

  /** A line, without its end, such as a module's name. */
  String line(String what) throws FormatException {
    long at = position;
    while (u8(what) != '\n') {
      if (position - at > LONGEST_NAME) {
        throw problem(at, what + " is longer than " + LONGEST_NAME + " bytes");
      }
    }
    long length = position - 1 - at;
    position = at;
    String line = text(length, what);
    position++;
    return line;
  }

  BigInteger integer(long count, String what) throws FormatException {
    if (count < 0 || count > LONGEST_NUMBER) {
      throw problem(what + " of " + count + " bytes; at most " + LONGEST_NUMBER + " are read");
    }
    byte[] little = bytes(count, what);
    byte[] big = new byte[little.length];
    for (int i = 0; i < big.length; i++) {
      big[i] = little[big.length - 1 - i];
    }
    return big.length == 0 ? BigInteger.ZERO : new BigInteger(big);
  }

  /** Where a position is in the file. */
  long inFile(long at) {
    return offset + at;
  }

  FormatException problem(String problem) {
    return problem(position, problem);
  }

  FormatException problem(long at, String problem) {
    return new FormatException(path, offset + at, problem);
  }

  private long advance(long count, String what) throws FormatException {
    if (count < 0 || count > memory.byteSize() - position) {
      throw problem("the pickle ends inside " + what);
    }
    long at = position;
    position += count;
    return at;
  }
}
