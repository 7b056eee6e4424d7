package org.sememe.models.tokenizer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Writes GGUF files of metadata alone: texts, whole numbers, flags, and lists of them. */
final class TinyGguf {
  private static final int INT32 = 5;
  private static final int BOOL = 7;
  private static final int STRING = 8;
  private static final int ARRAY = 9;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  static Path write(Path file, Map<String, Object> metadata) throws IOException {
    TinyGguf gguf = new TinyGguf();
    gguf.out.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
    gguf.int32(3);
    gguf.int64(0);
    gguf.int64(metadata.size());
    metadata.forEach(
        (key, value) -> {
          gguf.text(key);
          gguf.int32(type(value));
          gguf.value(value);
        });
    gguf.out.writeBytes(new byte[64]); // data of no tensors, aligned
    return Files.write(file, gguf.out.toByteArray());
  }

  private static int type(Object value) {
    return switch (value) {
      case String text -> STRING;
      case Integer number -> INT32;
      case Boolean flag -> BOOL;
      case List<?> list -> ARRAY;
      default -> throw new IllegalArgumentException(value.toString());
    };
  }

  private void value(Object value) {
    switch (value) {
      case String text -> text(text);
      case Integer number -> int32(number);
      case Boolean flag -> out.write(flag ? 1 : 0);
      case List<?> list -> {
        int32(list.isEmpty() ? STRING : type(list.getFirst()));
        int64(list.size());
        list.forEach(this::value);
      }
      default -> throw new IllegalArgumentException(value.toString());
    }
  }

  private void text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int64(bytes.length);
    out.writeBytes(bytes);
  }

  private void int32(int value) {
    out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
  }

  private void int64(long value) {
    out.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
  }
}
