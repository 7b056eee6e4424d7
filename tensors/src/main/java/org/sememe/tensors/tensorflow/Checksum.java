package org.sememe.tensors.tensorflow;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32C;

/** CRC-32C in the form in which it is kept beside the bytes that it covers, as LevelDB does. */
final class Checksum {
  private static final int MASK = 0xa282ead8;
  private static final long PIECE = 1L << 30;

  private Checksum() {}

  /** The masked CRC-32C of some bytes. */
  static int masked(MemorySegment bytes) {
    CRC32C crc = new CRC32C();
    for (long from = 0; from < bytes.byteSize(); from += PIECE) {
      crc.update(bytes.asSlice(from, Math.min(PIECE, bytes.byteSize() - from)).asByteBuffer());
    }
    return Integer.rotateRight((int) crc.getValue(), 15) + MASK;
  }
}
