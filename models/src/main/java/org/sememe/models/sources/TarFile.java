package org.sememe.models.sources;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.zip.ZipException;

/** The files of a tar, one after another, in the order of the archive. Not thread-safe. */
public final class TarFile {
  private static final int RECORD = 512;
  private static final int NAME = 100;
  private static final int SIZE_AT = 124;
  private static final int SIZE = 12;
  private static final int PREFIX_AT = 345;
  private static final int PREFIX = 155;

  private final InputStream in;
  private long left;
  private long padding;

  /** Reads a tar, which stays the caller's to close. */
  public TarFile(InputStream in) {
    this.in = in;
  }

  /**
   * Goes on to the next file.
   *
   * @return its name; empty at the end
   * @throws IOException if the archive is damaged or cut short
   */
  public Optional<String> next() throws IOException {
    try {
      in.skipNBytes(left + padding);
    } catch (EOFException e) {
      throw cutShort();
    }
    byte[] header = in.readNBytes(RECORD);
    if (header.length < RECORD || header[0] == 0) {
      left = 0;
      padding = 0;
      return Optional.empty();
    }
    left = size(header);
    padding = (RECORD - left % RECORD) % RECORD;
    return Optional.of(name(header));
  }

  /** The file's bytes; ends with it, and holds until the next file is asked for. */
  public InputStream content() {
    return new Content();
  }

  private static EOFException cutShort() {
    return new EOFException("the package is cut short");
  }

  private static String name(byte[] header) {
    String prefix = text(header, PREFIX_AT, PREFIX);
    String name = text(header, 0, NAME);
    return prefix.isEmpty() ? name : prefix + "/" + name;
  }

  private static long size(byte[] header) throws IOException {
    String octal = text(header, SIZE_AT, SIZE).strip();
    if (!octal.matches("[0-7]{1,12}")) {
      throw new ZipException("the package is damaged: a file's size is no number");
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

  /** The next bytes of the archive, which has to have them. */
  private final class Content extends InputStream {
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
        throw cutShort();
      }
      left -= read;
      return read;
    }
  }
}
