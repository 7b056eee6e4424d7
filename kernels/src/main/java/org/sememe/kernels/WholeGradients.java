package org.sememe.kernels;

import java.lang.foreign.MemorySegment;

/**
 * Gradients as two whole matrices.
 *
 * @param encoder dW_enc, float32 {@code [latents, d]}
 * @param decoder dW_dec, likewise
 */
public record WholeGradients(MemorySegment encoder, MemorySegment decoder)
    implements LatentGradients {

  @Override
  public boolean any(int latent) {
    return true;
  }

  @Override
  public long costBefore(int latent) {
    return 0;
  }

  @Override
  public void fill(int latent, MemorySegment scratch, long atDecoder, long atEncoder, int d) {
    long bytes = (long) d * Float.BYTES;
    MemorySegment.copy(decoder, latent * bytes, scratch, atDecoder, bytes);
    MemorySegment.copy(encoder, latent * bytes, scratch, atEncoder, bytes);
  }

  @Override
  public double bound(MemorySegment pull) {
    return Double.POSITIVE_INFINITY;
  }
}
