package org.sememe.tensors.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Safetensors files written by hand: any header before any data. */
final class SafetensorsBytes {
  private SafetensorsBytes() {}

  /** A file of a header, its true length before it, and {@code data} bytes of 0, 1, 2 and so on. */
  static Path write(Path file, String header, int data) throws IOException {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return write(file, json.length, json, data);
  }

  /** The same with a length of its own. */
  static Path write(Path file, long length, byte[] header, int data) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate(Long.BYTES + header.length + data)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(length)
            .put(header);
    for (int i = 0; i < data; i++) {
      bytes.put((byte) i);
    }
    return Files.write(file, bytes.array());
  }

  /** A header's entry for one tensor. */
  static String entry(String name, String dtype, String shape, long begin, long end) {
    return "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
        .formatted(name, dtype, shape, begin, end);
  }
}
