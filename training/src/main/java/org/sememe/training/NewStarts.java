package org.sememe.training;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.IntStream;
import org.sememe.kernels.DecoderRows;
import org.sememe.kernels.Moments;

/**
 * New weights for dead latents (Bricken et al. 2023): a latent's decoder row becomes the direction
 * of a vector, its encoder row the vector times {@value #SHARE} of the mean norm of the living
 * encoder rows, its biases and Adam's moments 0.
 *
 * @param state to be changed
 */
record NewStarts(TrainState state) {
  private static final double SHARE = 0.2;

  /**
   * Gives the first vector to the first latent and so on; what is over of either is left.
   *
   * @param dead latents, ascending
   * @param vectors {@code [n, d]} float32; of norm 1 as published
   */
  void give(int[] dead, MemorySegment vectors) {
    int width = state.width();
    long bytes = (long) width * Float.BYTES;
    float scale = (float) (SHARE * livingNorm(dead));
    int count = (int) Math.min(dead.length, vectors.byteSize() / bytes);
    for (int i = 0; i < count; i++) {
      long at = dead[i] * bytes;
      MemorySegment vector = vectors.asSlice(i * bytes, bytes);
      Moments encoder = state.moments(TrainState.W_ENC);
      Moments decoder = state.moments(TrainState.W_DEC);
      forget(encoder, at, bytes);
      forget(decoder, at, bytes);
      MemorySegment.copy(vector, 0, decoder.weights(), at, bytes);
      DecoderRows.normalise(decoder.weights(), at, width);
      for (int j = 0; j < width; j++) {
        encoder
            .weights()
            .setAtIndex(
                ValueLayout.JAVA_FLOAT,
                (long) dead[i] * width + j,
                scale * vector.getAtIndex(ValueLayout.JAVA_FLOAT, j));
      }
      for (String bias : biases()) {
        Moments moments = state.moments(bias);
        long one = (long) dead[i] * Float.BYTES;
        forget(moments, one, Float.BYTES);
        moments.weights().asSlice(one, Float.BYTES).fill((byte) 0);
      }
    }
  }

  private List<String> biases() {
    return state.tensors().containsKey(TrainState.B_MAG)
        ? List.of(TrainState.B_ENC, TrainState.R_MAG, TrainState.B_MAG)
        : List.of(TrainState.B_ENC);
  }

  private static void forget(Moments moments, long at, long bytes) {
    moments.first().asSlice(at, bytes).fill((byte) 0);
    moments.second().asSlice(at, bytes).fill((byte) 0);
  }

  /** The mean norm of the encoder rows of all but the dead; 1 where there are none. */
  private double livingNorm(int[] dead) {
    boolean[] gone = new boolean[state.latents()];
    for (int latent : dead) {
      gone[latent] = true;
    }
    MemorySegment encoder = state.memory(TrainState.W_ENC);
    return IntStream.range(0, gone.length)
        .filter(latent -> !gone[latent])
        .mapToDouble(
            latent -> {
              long at = (long) latent * state.width() * Float.BYTES;
              return Math.sqrt(DecoderRows.squaredNorm(encoder, at, state.width()));
            })
        .average()
        .orElse(1);
  }
}
