package org.sememe.models.sources;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/** Writes small gzipped tars as npm's packages are. */
public final class SmallTar {
  private static final int RECORD = 512;

  private SmallTar() {}

  /** The files by name, in the map's order. */
  public static byte[] gzipped(Map<String, byte[]> files) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(tar(files));
    }
    return packed.toByteArray();
  }

  /** The same, not gzipped. */
  public static byte[] tar(Map<String, byte[]> files) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    files.forEach(
        (name, content) -> {
          byte[] header = new byte[RECORD];
          put(header, 0, name);
          put(header, 124, "%011o".formatted(content.length));
          put(header, 156, "0");
          out.writeBytes(header);
          out.writeBytes(content);
          out.writeBytes(new byte[(RECORD - content.length % RECORD) % RECORD]);
        });
    out.writeBytes(new byte[2 * RECORD]);
    return out.toByteArray();
  }

  private static void put(byte[] header, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }
}
