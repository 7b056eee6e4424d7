package org.sememe.tensors.gguf;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes GGUF files by hand, little-endian, in the order of its calls. */
final class GgufBytes {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /** The start of a file of version 3. */
  static GgufBytes start(long tensors, long entries) {
    GgufBytes file = new GgufBytes();
    file.bytes.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
    return file.int32(3).int64(tensors).int64(entries);
  }

  GgufBytes int8(int value) {
    bytes.write(value);
    return this;
  }

  GgufBytes int16(int value) {
    return add(ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN).putShort((short) value));
  }

  GgufBytes int32(int value) {
    return add(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value));
  }

  GgufBytes int64(long value) {
    return add(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value));
  }

  private GgufBytes add(ByteBuffer value) {
    bytes.writeBytes(value.array());
    return this;
  }

  /** A string: its length, then UTF-8. */
  GgufBytes text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    int64(utf8.length);
    bytes.writeBytes(utf8);
    return this;
  }

  /** A metadata key and its type; the value is to follow. */
  GgufBytes key(String name, GgufValueType type) {
    return text(name).int32(id(type));
  }

  /** The head of an array value; its elements are to follow. */
  GgufBytes array(GgufValueType element, long length) {
    return int32(id(element)).int64(length);
  }

  private static int id(GgufValueType type) {
    for (int id = 0; id < 64; id++) {
      if (GgufValueType.of(id).filter(found -> found == type).isPresent()) {
        return id;
      }
    }
    throw new IllegalArgumentException("no number for " + type);
  }

  /** The entry of a tensor: {@code shape} in the file's own order, the innermost size first. */
  GgufBytes tensor(String name, int type, long offset, long... shape) {
    text(name).int32(shape.length);
    for (long size : shape) {
      int64(size);
    }
    return int32(type).int64(offset);
  }

  /** Zeros up to a multiple of {@code alignment}. */
  GgufBytes align(int alignment) {
    while (bytes.size() % alignment != 0) {
      bytes.write(0);
    }
    return this;
  }

  /** {@code count} bytes of 0, 1, 2 and so on. */
  GgufBytes data(int count) {
    for (int i = 0; i < count; i++) {
      bytes.write(i);
    }
    return this;
  }

  Path write(Path file) throws IOException {
    return Files.write(file, bytes.toByteArray());
  }
}
