package org.sememe.tensors.protobuf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.sememe.tensors.FormatException;

/**
 * Walks over the fields of one message, in the file's order. After {@link #next} exactly one of the
 * value methods is called, or none: what is not asked for is skipped. Nothing is allocated for a
 * field that is skipped. Not thread-safe.
 *
 * <p>Source: the encoding that protobuf.dev describes. Groups, which are long gone, are refused.
 */
public final class MessageCursor {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;
  private static final int LONGEST_VARINT = 10;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path file;
  private final MemorySegment bytes;
  private final long base;
  private long at;
  private int field;
  private int wire;
  private long value;
  private long length;

  /**
   * A cursor before the first field.
   *
   * @param file for messages
   * @param bytes of the message
   * @param base where they begin in the file
   */
  public MessageCursor(Path file, MemorySegment bytes, long base) {
    this.file = file;
    this.bytes = bytes;
    this.base = base;
  }

  /**
   * Goes to the next field; false at the message's end.
   *
   * @throws FormatException if there is no whole field here
   */
  public boolean next() throws FormatException {
    if (at == bytes.byteSize()) {
      return false;
    }
    long start = at;
    long key = varint();
    field = (int) (key >>> 3);
    wire = (int) (key & 7);
    if (key >>> 3 == 0 || key >>> 3 > 0x1fff_ffffL) {
      throw problem(start, "no field of a message here");
    }
    length =
        switch (wire) {
          case VARINT -> 0;
          case FIXED64 -> Long.BYTES;
          case FIXED32 -> Integer.BYTES;
          case BYTES -> varint();
          default -> throw problem(start, "a field of kind " + wire + ", which is not read");
        };
    if (wire == VARINT) {
      value = varint();
    }
    if (length < 0 || length > bytes.byteSize() - at) {
      throw problem(start, "field " + field + " ends after its message");
    }
    at += length;
    return true;
  }

  private long varint() throws FormatException {
    long start = at;
    long result = 0;
    for (int i = 0; i < LONGEST_VARINT; i++) {
      if (at == bytes.byteSize()) {
        throw problem(start, "a number that does not end");
      }
      byte part = bytes.get(ValueLayout.JAVA_BYTE, at++);
      result |= (part & 0x7fL) << (7 * i);
      if (part >= 0) {
        return result;
      }
    }
    throw problem(start, "a number that does not end");
  }

  /** The number of the field. */
  public int field() {
    return field;
  }

  /** Whether the field holds bytes: a text, a message, or packed numbers. */
  public boolean holdsBytes() {
    return wire == BYTES;
  }

  /** The field's whole number. */
  public long number() throws FormatException {
    need(VARINT, "a whole number");
    return value;
  }

  /** The field's whole number of 32 bits that are always written. */
  public int fixed32() throws FormatException {
    need(FIXED32, "four bytes");
    return bytes.get(INT, at - length);
  }

  /** The field's whole numbers: one, or several packed. */
  public List<Long> numbers() throws FormatException {
    if (wire == VARINT) {
      return List.of(value);
    }
    MessageCursor packed = message();
    List<Long> numbers = new ArrayList<>();
    while (packed.at < packed.bytes.byteSize()) {
      numbers.add(packed.varint());
    }
    return numbers;
  }

  /** The field's bytes, a view. */
  public MemorySegment bytes() throws FormatException {
    need(BYTES, "bytes");
    return bytes.asSlice(at - length, length);
  }

  /** The field's message. */
  public MessageCursor message() throws FormatException {
    return new MessageCursor(file, bytes(), offset());
  }

  /** The field's text. */
  public String text() throws FormatException {
    byte[] utf8 = bytes().toArray(ValueLayout.JAVA_BYTE);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    } catch (CharacterCodingException e) {
      throw problem(at - length, "a text that is not UTF-8");
    }
  }

  /** Where the field's value begins in the file. */
  public long offset() {
    return base + at - length;
  }

  private void need(int expected, String what) throws FormatException {
    if (wire != expected) {
      throw problem(at - length, "field " + field + " is not " + what);
    }
  }

  private FormatException problem(long position, String problem) {
    return new FormatException(file, base + position, problem);
  }
}
