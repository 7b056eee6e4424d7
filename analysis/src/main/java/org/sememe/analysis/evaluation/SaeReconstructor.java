package org.sememe.analysis.evaluation;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.IntConsumer;
import org.sememe.sae.Encoder;
import org.sememe.sae.Sae;
import org.sememe.sae.SparseCodes;

/** By the sparse kernels. */
final class SaeReconstructor implements Reconstructor {
  private final Sae sae;
  private final Encoder encoder;
  // Shared, because the encoder's workers read and write the buffers too.
  private final Arena arena = Arena.ofShared();
  private final MemorySegment input;
  private final MemorySegment output;
  private SparseCodes codes;

  SaeReconstructor(Sae sae, int mostRows) {
    this.sae = sae;
    this.encoder = new Encoder(sae, mostRows);
    long values = (long) mostRows * sae.config().width();
    this.input = arena.allocate(ValueLayout.JAVA_FLOAT, values);
    this.output = arena.allocate(ValueLayout.JAVA_FLOAT, values);
  }

  @Override
  public int mostRows() {
    return encoder.mostRows();
  }

  @Override
  public int latents() {
    return sae.config().latents();
  }

  @Override
  public long inputBytes() {
    return (long) sae.config().width() * Float.BYTES;
  }

  @Override
  public long outputBytes() {
    return inputBytes();
  }

  @Override
  public MemorySegment input() {
    return input;
  }

  @Override
  public MemorySegment output() {
    return output;
  }

  @Override
  public void reconstruct(int rows) {
    codes = encoder.encode(input, rows);
    encoder.decode(codes, output);
  }

  @Override
  public int active(int row, IntConsumer latent) {
    int active = 0;
    while (active < codes.k() && codes.value(row, active) != 0) {
      latent.accept(codes.latent(row, active));
      active++;
    }
    return active;
  }

  @Override
  public void close() {
    encoder.close();
    arena.close();
  }
}
