package org.sememe.kernels;

import java.lang.foreign.MemorySegment;

/**
 * Gradients at the active pairs alone: {@code dW_dec[f] = sum over pairs of scale z g}, {@code
 * dW_enc[f] = sum over pairs of slope x}, added up in the pairs' order.
 *
 * @param pairs where they are not 0
 * @param x the encoder's inputs, float32 {@code [*, d]}
 * @param g rows of gradients at reconstructions, float32 {@code [*, d]}
 * @param xNorms norms of the rows of x
 * @param gNorms norms of the rows of g
 */
@SuppressWarnings("ArrayRecordComponent")
public record PairGradients(
    LatentPairs pairs, MemorySegment x, MemorySegment g, float[] xNorms, float[] gNorms)
    implements LatentGradients {

  @Override
  public boolean any(int latent) {
    return pairs.count(latent) > 0;
  }

  @Override
  public long costBefore(int latent) {
    return pairs.offset(latent);
  }

  @Override
  public void fill(int latent, MemorySegment scratch, long atDecoder, long atEncoder, int d) {
    int from = pairs.offset(latent);
    int to = pairs.offset(latent + 1);
    WeightedRows.sum(
        pairs.gradientRows(), pairs.decoderWeights(), from, to, g, d, scratch, atDecoder);
    WeightedRows.sum(pairs.inputRows(), pairs.encoderWeights(), from, to, x, d, scratch, atEncoder);
  }

  /** From the norms of the rows alone. */
  @Override
  public double bound(MemorySegment pull) {
    long pulls = Address.of(pull, 0, pairs.latents());
    long inputRows = Address.of(pairs.inputRows(), 0, pairs.count());
    long gradientRows = Address.of(pairs.gradientRows(), 0, pairs.count());
    long decoderWeights = Address.of(pairs.decoderWeights(), 0, pairs.count());
    long encoderWeights = Address.of(pairs.encoderWeights(), 0, pairs.count());
    double sum = 0;
    for (int latent = 0; latent < pairs.latents(); latent++) {
      double decoder = Math.abs(Lanes.get(pulls + (long) latent * Float.BYTES));
      double encoder = 0;
      for (int pair = pairs.offset(latent); pair < pairs.offset(latent + 1); pair++) {
        long o = (long) pair * Float.BYTES;
        int xRow = Lanes.integer(inputRows + o);
        int gRow = Lanes.integer(gradientRows + o);
        float z = Lanes.get(decoderWeights + o);
        float slope = Lanes.get(encoderWeights + o);
        decoder += (double) Math.abs(z) * gNorms[gRow];
        encoder += (double) Math.abs(slope) * xNorms[xRow];
      }
      sum += decoder * decoder + encoder * encoder;
    }
    return sum;
  }
}
