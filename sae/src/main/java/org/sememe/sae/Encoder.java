package org.sememe.sae;

import java.lang.foreign.MemorySegment;

/**
 * Encodes rows with a dictionary, up to a fixed number at once, over scratch memory of its own:
 * after construction nothing is allocated. One thread at a time; close it before the dictionary.
 */
public final class Encoder implements AutoCloseable {
  /** Encodes up to {@code mostRows} rows at once. */
  public Encoder(Sae sae, int mostRows) {
    throw new UnsupportedOperationException();
  }

  /**
   * The codes of {@code rows} rows {@code [rows, d]} float32, native memory. Never makes the {@code
   * [rows, latents]} matrix. The codes are views of this encoder's memory, valid until its next
   * call. For sparsities without a fixed k, k is the largest number active in a row.
   */
  public SparseCodes encode(MemorySegment x, int rows) {
    throw new UnsupportedOperationException();
  }

  /** Reconstructions of codes into {@code target [rows, d]} float32. */
  public void decode(SparseCodes codes, MemorySegment target) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}
