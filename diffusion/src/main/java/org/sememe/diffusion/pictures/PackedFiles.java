package org.sememe.diffusion.pictures;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.sememe.tensors.FormatException;

/**
 * Files of a gzipped tar archive (POSIX ustar), as packages come. Only regular files are seen, and
 * nothing is written anywhere.
 */
record PackedFiles(Path archive) {
  private static final int BLOCK = 512;
  private static final int NAME = 100;
  private static final int SIZE_AT = 124;
  private static final int SIZE_END = 136;
  private static final int TYPE_AT = 156;

  /**
   * The first file of that last name, whole.
   *
   * @throws FormatException if the archive is damaged
   */
  Optional<InputStream> find(String name) throws IOException {
    try (InputStream in =
        new GZIPInputStream(new BufferedInputStream(Files.newInputStream(archive)))) {
      while (true) {
        byte[] header = in.readNBytes(BLOCK);
        if (header.length < BLOCK || header[0] == 0) {
          return Optional.empty();
        }
        long size = size(header);
        String path = text(header, 0, NAME);
        boolean regular = header[TYPE_AT] == '0' || header[TYPE_AT] == 0;
        if (regular && name.equals(path.substring(path.lastIndexOf('/') + 1))) {
          byte[] bytes = in.readNBytes(Math.toIntExact(size));
          if (bytes.length < size) {
            throw new FormatException(archive, 0, path + " is cut short");
          }
          return Optional.of(new ByteArrayInputStream(bytes));
        }
        in.skipNBytes(Math.ceilDiv(size, BLOCK) * (long) BLOCK);
      }
    } catch (EOFException | ZipException damaged) {
      throw new FormatException(archive, 0, "cut short, or not a gzipped archive");
    }
  }

  private long size(byte[] header) throws FormatException {
    String octal = text(header, SIZE_AT, SIZE_END).strip();
    try {
      long size = octal.isEmpty() ? 0 : Long.parseLong(octal, 8);
      if (size >= 0 && size < Integer.MAX_VALUE - BLOCK) {
        return size;
      }
    } catch (NumberFormatException e) {
      // told below
    }
    throw new FormatException(archive, 0, "a file of size '" + octal + "' in the archive");
  }

  private static String text(byte[] header, int from, int to) {
    int end = from;
    while (end < to && header[end] != 0) {
      end++;
    }
    return new String(header, from, end - from, StandardCharsets.UTF_8);
  }
}
