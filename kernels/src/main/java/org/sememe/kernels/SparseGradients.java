package org.sememe.kernels;

import java.lang.foreign.MemorySegment;

/**
 * Gradients of a sparse autoencoder's weights at the active latents only. With {@code G [n, d]} the
 * gradient of the loss with respect to the reconstructions, {@code x [n, d]} the encoder's inputs
 * and {@code z} the activations:
 *
 * <pre>
 * dW_dec[f] = sum_t z[t,f] G[t]
 * dz[t,f]   = W_dec[f] . G[t]              where z[t,f] > 0, else 0
 * dW_enc[f] = sum_t dz[t,f] x[t],  db_enc[f] = sum_t dz[t,f]
 * </pre>
 *
 * A thread owns a range of latents and adds up each latent's rows in ascending order of t: no
 * locks, and the same bits for any number of threads. Stateless.
 */
public final class SparseGradients {
  private SparseGradients() {}

  /**
   * Fills the gradient rows of every latent that has pairs; other rows are left as they are.
   *
   * @param pairs the active pairs
   * @param x float32 {@code [n, d]}
   * @param g float32 {@code [n, d]}
   * @param decoder {@code W_dec}, float32 {@code [latents, d]}
   * @param gradDecoder {@code dW_dec [latents, d]}
   * @param gradEncoder {@code dW_enc [latents, d]}
   * @param gradBias {@code db_enc [latents]}
   */
  public static void fill(
      Workers workers,
      LatentPairs pairs,
      MemorySegment x,
      MemorySegment g,
      int d,
      MemorySegment decoder,
      MemorySegment gradDecoder,
      MemorySegment gradEncoder,
      MemorySegment gradBias) {
    int[] offsets = pairs.offsets();
    workers.splitByWeight(
        offsets,
        pairs.latents(),
        (from, to) -> {
          for (int latent = from; latent < to; latent++) {
            if (offsets[latent] == offsets[latent + 1]) {
              continue;
            }
            long at = (long) latent * d * Float.BYTES;
            long bytes = (long) d * Float.BYTES;
            gradDecoder.asSlice(at, bytes).fill((byte) 0);
            gradEncoder.asSlice(at, bytes).fill((byte) 0);
            float bias = 0;
            for (int pair = offsets[latent]; pair < offsets[latent + 1]; pair++) {
              long atRow = (long) pairs.row(pair) * bytes;
              float dz = Lanes.dot(decoder, at, g, atRow, d);
              Lanes.add(pairs.value(pair), g, atRow, gradDecoder, at, d);
              Lanes.add(dz, x, atRow, gradEncoder, at, d);
              bias += dz;
            }
            Lanes.set(gradBias, (long) latent * Float.BYTES, bias);
          }
        });
  }

  /**
   * {@code out[j] += scale * sum_i weights[i] * matrix[i, j]}, over the rows with a weight other
   * than 0 in ascending order. A thread owns a range of columns.
   *
   * @param weights float32 {@code [n]}
   * @param matrix float32 {@code [n, d]}
   * @param out float32 {@code [d]}
   */
  public static void addWeightedRows(
      Workers workers,
      float scale,
      MemorySegment weights,
      MemorySegment matrix,
      int n,
      int d,
      MemorySegment out) {
    workers.split(
        d,
        (from, to) -> {
          for (int row = 0; row < n; row++) {
            float weight = Lanes.get(weights, (long) row * Float.BYTES);
            if (weight != 0) {
              long at = ((long) row * d + from) * Float.BYTES;
              Lanes.add(scale * weight, matrix, at, out, (long) from * Float.BYTES, to - from);
            }
          }
        });
  }
}
