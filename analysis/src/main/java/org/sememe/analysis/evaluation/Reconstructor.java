package org.sememe.analysis.evaluation;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.sememe.sae.Encoder;
import org.sememe.sae.Sae;
import org.sememe.sae.SparseCodes;

/**
 * Encodes and decodes rows between two buffers of its own. One thread at a time; close it before
 * the dictionary.
 */
final class Reconstructor implements AutoCloseable {
  private final Sae sae;
  private final Encoder encoder;
  // Shared, because the encoder's workers read and write the buffers too.
  private final Arena arena = Arena.ofShared();
  private final MemorySegment input;
  private final MemorySegment output;

  Reconstructor(Sae sae, int mostRows) {
    this.sae = sae;
    this.encoder = new Encoder(sae, mostRows);
    long values = (long) mostRows * sae.config().width();
    this.input = arena.allocate(ValueLayout.JAVA_FLOAT, values);
    this.output = arena.allocate(ValueLayout.JAVA_FLOAT, values);
  }

  int mostRows() {
    return encoder.mostRows();
  }

  int width() {
    return sae.config().width();
  }

  int latents() {
    return sae.config().latents();
  }

  /** Bytes of one row. */
  long rowBytes() {
    return (long) width() * Float.BYTES;
  }

  /** Where rows go in, float32 {@code [mostRows, width]}. */
  MemorySegment input() {
    return input;
  }

  /** Where their reconstructions come out, of the same shape. */
  MemorySegment output() {
    return output;
  }

  /** Reconstructs the first rows of the input; the codes are valid until the next call. */
  SparseCodes reconstruct(int rows) {
    SparseCodes codes = encoder.encode(input, rows);
    encoder.decode(codes, output);
    return codes;
  }

  @Override
  public void close() {
    encoder.close();
    arena.close();
  }
}
