package org.sememe.models.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Writes GGUF files: metadata of texts, numbers, flags and lists of them, and fp32 tensors. */
public final class GgufWriter {
  private static final int INT32 = 5;
  private static final int FLOAT32 = 6;
  private static final int BOOL = 7;
  private static final int STRING = 8;
  private static final int ARRAY = 9;
  private static final int ALIGNMENT = 32;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private GgufWriter() {}

  /**
   * A tensor.
   *
   * @param shape row-major
   */
  public record Values(long[] shape, float[] values) {}

  /** A file of metadata alone. */
  public static Path write(Path file, Map<String, Object> metadata) throws IOException {
    return write(file, metadata, Map.of());
  }

  /** A file of metadata and tensors, both in the maps' order. */
  public static Path write(Path file, Map<String, Object> metadata, Map<String, Values> tensors)
      throws IOException {
    GgufWriter gguf = new GgufWriter();
    gguf.out.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
    gguf.int32(3);
    gguf.int64(tensors.size());
    gguf.int64(metadata.size());
    metadata.forEach(
        (key, value) -> {
          gguf.text(key);
          gguf.int32(type(value));
          gguf.value(value);
        });
    gguf.infos(tensors);
    gguf.pad();
    for (Values tensor : tensors.values()) {
      ByteBuffer bytes = little(4 * tensor.values().length);
      bytes.asFloatBuffer().put(tensor.values());
      gguf.out.writeBytes(bytes.array());
      gguf.pad();
    }
    return Files.write(file, gguf.out.toByteArray());
  }

  private void infos(Map<String, Values> tensors) {
    long offset = 0;
    for (Map.Entry<String, Values> tensor : tensors.entrySet()) {
      text(tensor.getKey());
      long[] shape = tensor.getValue().shape();
      int32(shape.length);
      for (int i = shape.length - 1; i >= 0; i--) {
        int64(shape[i]);
      }
      int32(0); // fp32
      int64(offset);
      offset = aligned(offset + 4L * tensor.getValue().values().length);
    }
  }

  private static long aligned(long at) {
    return (at + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  private void pad() {
    out.writeBytes(new byte[(int) (aligned(out.size()) - out.size())]);
  }

  private static int type(Object value) {
    return switch (value) {
      case String text -> STRING;
      case Integer number -> INT32;
      case Double number -> FLOAT32;
      case Boolean flag -> BOOL;
      case List<?> list -> ARRAY;
      default -> throw new IllegalArgumentException(value.toString());
    };
  }

  private void value(Object value) {
    switch (value) {
      case String text -> text(text);
      case Integer number -> int32(number);
      case Double number -> out.writeBytes(little(4).putFloat(number.floatValue()).array());
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
    out.writeBytes(little(4).putInt(value).array());
  }

  private void int64(long value) {
    out.writeBytes(little(8).putLong(value).array());
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
