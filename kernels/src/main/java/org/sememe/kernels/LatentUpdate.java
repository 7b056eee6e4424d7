package org.sememe.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The step of Adam of a dictionary's encoder and decoder rows in one pass over the latents: a
 * latent's two gradient rows are put together when it is its turn, in a scratch that stays in the
 * first cache.
 *
 * <pre>
 * with unit norms: dW_dec[f] -= (dW_dec[f] . u) u, u = W_dec[f] / (|W_dec[f]| + 1e-6), and
 *                  W_dec[f] back to norm 1 after the step
 * else:            dW_dec[f] += pull[f] W_dec[f] / |W_dec[f]|; rows longer than 1 are shortened
 *                  to it where the norm is to be at most 1
 * </pre>
 *
 * <p>A thread owns a range of latents: no locks, and the same bits for any number of threads. Owns
 * its scratch memory; one caller at a time.
 */
public final class LatentUpdate implements AutoCloseable {
  /** An update without pairs costs about as much as so many pairs. */
  private static final int ROW_COST = 6;

  private final int first;
  private final int width;
  private final DecoderNorm norm;
  private final Workers workers;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment scratch;
  private final double[] squaredNorms;

  /**
   * Updates of a dictionary.
   *
   * @param width d
   * @param workers stay the caller's
   */
  public LatentUpdate(int latents, int width, DecoderNorm norm, Workers workers) {
    this(0, latents, width, norm, workers);
  }

  /**
   * Updates of some latents of a dictionary, whose gradients are of all. Matrices and moments that
   * are given to it hold these latents alone.
   *
   * @param first the first of them
   * @param latents how many they are
   * @param width d
   * @param workers stay the caller's
   */
  public LatentUpdate(int first, int latents, int width, DecoderNorm norm, Workers workers) {
    this.first = first;
    this.width = width;
    this.norm = norm;
    this.workers = workers;
    this.scratch = arena.allocate(2L * workers.threads() * width * Float.BYTES, 64);
    this.squaredNorms = new double[latents];
  }

  /**
   * The squared norm of both matrices' gradients, projected; changes nothing.
   *
   * @param pull how the loss changes with each row's norm beside the gradients, float32 {@code
   *     [latents]}; norms that are held at 1 are not pulled
   */
  public double squaredNorm(LatentGradients gradients, MemorySegment pull, MemorySegment decoder) {
    return pass(gradients, pull, decoder, (latent, atDecoder, atEncoder, along) -> {});
  }

  /**
   * Does the step.
   *
   * @param pull see {@link #squaredNorm}
   * @return the squared norm of both matrices' gradients, projected, before Adam's own factor
   */
  public double run(
      LatentGradients gradients, MemorySegment pull, Adam adam, Moments encoder, Moments decoder) {
    return pass(
        gradients,
        pull,
        decoder.weights(),
        (latent, atDecoder, atEncoder, along) -> {
          long at = (long) latent * width * Float.BYTES;
          if (gradients.any(first + latent)) {
            adam.update(encoder, at, scratch, atEncoder, 0, width);
            adam.update(decoder, at, scratch, atDecoder, along, width);
          } else {
            adam.coast(encoder, at, width);
            adam.coast(decoder, at, width);
          }
          if (norm == DecoderNorm.UNIT
              || norm == DecoderNorm.AT_MOST_ONE
                  && DecoderRows.squaredNorm(decoder.weights(), at, width) > 1) {
            DecoderRows.normalise(decoder.weights(), at, width);
          }
        });
  }

  /** What is done with a latent's gradients. */
  @FunctionalInterface
  private interface RowAction {
    /**
     * Does it.
     *
     * @param latent counted from the first of these
     * @param atDecoder where the decoder's gradient begins in the scratch, unprojected
     * @param atEncoder where the encoder's begins
     * @param along how many times the decoder's row is to be taken from its gradient
     */
    void run(int latent, long atDecoder, long atEncoder, float along);
  }

  private double pass(
      LatentGradients gradients, MemorySegment pull, MemorySegment decoder, RowAction action) {
    long bytes = (long) width * Float.BYTES;
    workers.splitByWeight(
        squaredNorms.length,
        latent ->
            gradients.costBefore(first + latent)
                - gradients.costBefore(first)
                + (long) ROW_COST * latent,
        (part, from, to) -> {
          long atDecoder = 2 * part * bytes;
          long atEncoder = atDecoder + bytes;
          for (int latent = from; latent < to; latent++) {
            long at = latent * bytes;
            double squared = 0;
            float along = 0;
            if (gradients.any(first + latent)) {
              gradients.fill(first + latent, scratch, atDecoder, atEncoder, width);
              double length = Math.sqrt(Lanes.dot(decoder, at, decoder, at, width));
              if (norm == DecoderNorm.UNIT) {
                double aligned = Lanes.dot(scratch, atDecoder, decoder, at, width);
                double floored = length + DecoderRows.PROJECTION_FLOOR;
                along = (float) (aligned / (floored * floored));
                squared = along * (along * length * length - 2 * aligned);
              } else if (length > 0) {
                float share = (float) (pulled(pull, first + latent) / length);
                Lanes.add(share, decoder, at, scratch, atDecoder, width);
              }
              squared +=
                  Lanes.dot(scratch, atDecoder, scratch, atDecoder, width)
                      + Lanes.dot(scratch, atEncoder, scratch, atEncoder, width);
            }
            squaredNorms[latent] = squared;
            action.run(latent, atDecoder, atEncoder, along);
          }
        });
    double sum = 0;
    for (double squared : squaredNorms) {
      sum += squared;
    }
    return sum;
  }

  private static float pulled(MemorySegment pull, int latent) {
    return Lanes.get(Address.of(pull, (long) latent * Float.BYTES, 1));
  }

  @Override
  public void close() {
    arena.close();
  }
}
