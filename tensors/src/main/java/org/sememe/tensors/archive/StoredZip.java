package org.sememe.tensors.archive;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.LocalDateTime;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes a zip file whose members are stored as they are: the same bytes each time. Not
 * thread-safe.
 */
public final class StoredZip {
  private static final int PIECE = 1 << 22;

  private final ZipOutputStream zip;

  /** Writes to a stream, which stays the caller's. */
  public StoredZip(OutputStream out) {
    this.zip = new ZipOutputStream(out);
    zip.setMethod(ZipOutputStream.STORED);
  }

  /** Adds a member of these parts, one after the other. */
  public void put(String name, MemorySegment... parts) throws IOException {
    CRC32 check = new CRC32();
    long size = 0;
    for (MemorySegment part : parts) {
      pieces(part, check::update);
      size += part.byteSize();
    }
    ZipEntry entry = new ZipEntry(name);
    entry.setTimeLocal(LocalDateTime.of(1980, 1, 1, 0, 0));
    entry.setSize(size);
    entry.setCompressedSize(size);
    entry.setCrc(check.getValue());
    zip.putNextEntry(entry);
    for (MemorySegment part : parts) {
      pieces(part, zip::write);
    }
    zip.closeEntry();
  }

  /** Writes the directory at the end. */
  public void finish() throws IOException {
    zip.finish();
  }

  /** What takes bytes. */
  @FunctionalInterface
  private interface Taker {
    void take(byte[] bytes) throws IOException;
  }

  private static void pieces(MemorySegment bytes, Taker taker) throws IOException {
    for (long at = 0; at < bytes.byteSize(); at += PIECE) {
      taker.take(
          bytes.asSlice(at, Math.min(PIECE, bytes.byteSize() - at)).toArray(ValueLayout.JAVA_BYTE));
    }
  }
}
