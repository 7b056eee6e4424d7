package org.sememe.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The gradients of a dictionary's encoder and decoder rows and their step of Adam, in one pass over
 * the latents: a latent's two gradient rows exist only while it is its turn, in a scratch that
 * stays in the first cache, and no gradient matrix is ever kept.
 *
 * <pre>
 * dW_dec[f] = sum over pairs of scale z g;  dW_enc[f] = sum over pairs of scale slope x
 * dW_dec[f] -= (dW_dec[f] . u) u, u = W_dec[f] / (|W_dec[f]| + 1e-6); W_dec[f] back to norm 1
 * </pre>
 *
 * <p>The projection needs no second pass: {@code dW_dec[f] . W_dec[f]} is the sum of z times slope.
 *
 * <p>A thread owns a range of latents and adds up a latent's pairs in their order: no locks, and
 * the same bits for any number of threads. Owns its scratch memory; one caller at a time.
 */
public final class LatentUpdate implements AutoCloseable {
  /** An update without pairs costs about as much as so many pairs. */
  private static final int ROW_COST = 6;

  private final int width;
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
  public LatentUpdate(int latents, int width, Workers workers) {
    this.width = width;
    this.workers = workers;
    this.scratch = arena.allocate(2L * workers.threads() * width * Float.BYTES, 64);
    this.squaredNorms = new double[latents];
  }

  /**
   * What is needed to tell the gradients.
   *
   * @param pairs where they are not 0
   * @param x the encoder's inputs, float32 {@code [*, d]}
   * @param g rows of gradients at reconstructions, float32 {@code [*, d]}
   */
  public record Inputs(LatentPairs pairs, MemorySegment x, MemorySegment g) {}

  /**
   * An upper bound of the squared norm of both matrices' gradients, from the norms of the rows
   * alone: what it costs is nothing beside the gradients themselves.
   *
   * @param xNorms norms of the rows of x
   * @param gNorms norms of the rows of g
   */
  public static double bound(LatentPairs pairs, float[] xNorms, float[] gNorms) {
    double sum = 0;
    for (int latent = 0; latent < pairs.latents(); latent++) {
      double decoder = 0;
      double encoder = 0;
      for (int pair = pairs.offset(latent); pair < pairs.offset(latent + 1); pair++) {
        int xRow = pairs.inputRows().getAtIndex(ValueLayout.JAVA_INT, pair);
        int gRow = pairs.gradientRows().getAtIndex(ValueLayout.JAVA_INT, pair);
        float z = pairs.decoderWeights().getAtIndex(ValueLayout.JAVA_FLOAT, pair);
        float slope = pairs.encoderWeights().getAtIndex(ValueLayout.JAVA_FLOAT, pair);
        decoder += (double) Math.abs(z) * gNorms[gRow];
        encoder += (double) Math.abs(slope) * xNorms[xRow];
      }
      sum += decoder * decoder + encoder * encoder;
    }
    return sum;
  }

  /** The squared norm of both matrices' gradients, projected; changes nothing. */
  public double squaredNorm(Inputs inputs, MemorySegment decoder) {
    return pass(inputs, decoder, (latent, atDecoder, atEncoder, along) -> {});
  }

  /**
   * Does the step.
   *
   * @return the squared norm of both matrices' gradients, projected, before Adam's own factor
   */
  public double run(Inputs inputs, Adam adam, Moments encoder, Moments decoder) {
    return pass(
        inputs,
        decoder.weights(),
        (latent, atDecoder, atEncoder, along) -> {
          long at = (long) latent * width * Float.BYTES;
          if (inputs.pairs.count(latent) > 0) {
            adam.update(encoder, at, scratch, atEncoder, 0, width);
            adam.update(decoder, at, scratch, atDecoder, along, width);
          } else {
            adam.coast(encoder, at, width);
            adam.coast(decoder, at, width);
          }
          DecoderRows.normalise(decoder.weights(), at, width);
        });
  }

  /** What is done with a latent's gradients. */
  @FunctionalInterface
  private interface RowAction {
    /**
     * Does it.
     *
     * @param atDecoder where the decoder's gradient begins in the scratch, unprojected
     * @param atEncoder where the encoder's begins
     * @param along how many times the decoder's row is to be taken from its gradient
     */
    void run(int latent, long atDecoder, long atEncoder, float along);
  }

  private double pass(Inputs inputs, MemorySegment decoder, RowAction action) {
    LatentPairs pairs = inputs.pairs;
    long bytes = (long) width * Float.BYTES;
    workers.splitByWeight(
        pairs.latents(),
        latent -> pairs.offset(latent) + (long) ROW_COST * latent,
        (part, from, to) -> {
          long atDecoder = 2 * part * bytes;
          long atEncoder = atDecoder + bytes;
          for (int latent = from; latent < to; latent++) {
            double squared = 0;
            float along = 0;
            if (pairs.count(latent) > 0) {
              fill(inputs, latent, atDecoder, atEncoder);
              double norm =
                  Math.sqrt(Lanes.dot(decoder, latent * bytes, decoder, latent * bytes, width));
              double floored = norm + DecoderRows.PROJECTION_FLOOR;
              along = (float) (pairs.alignment(latent) / (floored * floored));
              squared =
                  Lanes.dot(scratch, atDecoder, scratch, atDecoder, width)
                      + along * (along * norm * norm - 2 * pairs.alignment(latent))
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

  private void fill(Inputs inputs, int latent, long atDecoder, long atEncoder) {
    LatentPairs pairs = inputs.pairs;
    int from = pairs.offset(latent);
    int to = pairs.offset(latent + 1);
    WeightedRows.sum(
        pairs.gradientRows(),
        pairs.decoderWeights(),
        from,
        to,
        inputs.g,
        width,
        scratch,
        atDecoder);
    WeightedRows.sum(
        pairs.inputRows(), pairs.encoderWeights(), from, to, inputs.x, width, scratch, atEncoder);
  }

  @Override
  public void close() {
    arena.close();
  }
}
