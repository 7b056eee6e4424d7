package org.sememe.tensors.protobuf;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** A message written by hand, field after field. */
public final class MessageBytes {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** A whole number. */
  public MessageBytes number(int field, long value) {
    varint((long) field << 3);
    return varint(value);
  }

  /** Four bytes. */
  public MessageBytes fixed32(int field, int value) {
    varint((long) field << 3 | 5);
    out.writeBytes(
        ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
    return this;
  }

  /** Bytes: a text, a message, packed numbers. */
  public MessageBytes bytes(int field, byte[] value) {
    varint((long) field << 3 | 2);
    varint(value.length);
    out.writeBytes(value);
    return this;
  }

  /** A text. */
  public MessageBytes text(int field, String value) {
    return bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  /** A message. */
  public MessageBytes message(int field, MessageBytes value) {
    return bytes(field, value.toBytes());
  }

  /** A number without a field before it. */
  public MessageBytes varint(long value) {
    long left = value;
    while ((left & ~0x7fL) != 0) {
      out.write((int) (left & 0x7f | 0x80));
      left >>>= 7;
    }
    out.write((int) left);
    return this;
  }

  /** What was written. */
  public byte[] toBytes() {
    return out.toByteArray();
  }
}
