package org.sememe.training;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.kernels.DecoderRows;
import org.sememe.sae.Encoder;
import org.sememe.sae.Sae;
import org.sememe.sae.fold.FittedInput;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.training.optimiser.NewStarts;

/**
 * Resamples a run's dead latents (Bricken et al. 2023): measures the loss of many rows, draws some
 * with chances as the squares of their losses, and starts the dead latents anew from what these
 * rows are beside {@code b_dec} ({@link NewStarts}). What it does follows from the state, the rows
 * and the seed alone.
 */
final class Resampler {
  /** As published. */
  private static final double SHARE = 0.2;

  private final FoldedDictionary dictionary;
  private final TrainState state;
  private final TrainOptions options;
  private final long deadTokens;

  /** A resampler of a run; the state stays the caller's. */
  Resampler(TrainingRun run, TrainOptions options, TrainState state, long deadTokens) {
    this.dictionary = new FoldedDictionary(run, options, state);
    this.state = state;
    this.options = options;
    this.deadTokens = deadTokens;
  }

  /**
   * Looks at the rows that come next, and leaves the source where it was.
   *
   * @param input how rows are normalised
   * @return latents that got a new start
   * @throws IllegalStateException if the source has fewer than {@code resample-rows} more rows
   */
  int resample(BatchSource source, FittedInput input) throws IOException {
    int[] dead = dead();
    if (dead.length == 0) {
      return 0;
    }
    int rows = options.resampleRows();
    int width = state.width();
    long position = source.position();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment x = arena.allocate(ValueLayout.JAVA_FLOAT, (long) rows * width);
      boolean filled = source.next(x);
      source.seek(position);
      if (!filled) {
        throw new IllegalStateException(
            "the source has fewer than resample-rows=" + rows + " more rows: lower it");
      }
      NormalisedRows.normalise(input, x, width);
      int[] drawn = draw(losses(x, rows), Math.min(rows, dead.length));
      MemorySegment directions = directions(x, drawn, arena);
      give(dead, TensorMemory.tensor(directions, ScalarType.Float, drawn.length, width));
      return drawn.length;
    }
  }

  private void give(int[] dead, Tensor directions) {
    try (PointerScope scope = new PointerScope()) {
      long[] latents = Arrays.stream(dead).asLongStream().toArray();
      Tensor which = TensorMemory.longs(latents, latents.length);
      new NewStarts(SHARE).apply(state.tensors(), state, which, directions);
    }
  }

  private int[] dead() {
    MemorySegment since = state.sinceFired();
    return IntStream.range(0, state.latents())
        .filter(latent -> since.getAtIndex(ValueLayout.JAVA_LONG, latent) >= deadTokens)
        .toArray();
  }

  /** The squared errors of the rows' reconstructions. */
  private double[] losses(MemorySegment x, int rows) throws IOException {
    int width = state.width();
    int batch = Math.min(rows, options.batch());
    double[] losses = new double[rows];
    try (Arena arena = Arena.ofShared();
        PointerScope scope = new PointerScope();
        Sae sae = dictionary.fold(FittedInput.none());
        Encoder encoder = new Encoder(sae, batch)) {
      MemorySegment y = arena.allocate(ValueLayout.JAVA_FLOAT, (long) batch * width);
      for (int first = 0; first < rows; first += batch) {
        int n = Math.min(batch, rows - first);
        MemorySegment part =
            x.asSlice((long) first * width * Float.BYTES, (long) n * width * Float.BYTES);
        encoder.decode(encoder.encode(part, n), y);
        for (int row = 0; row < n; row++) {
          for (int j = 0; j < width; j++) {
            long at = (long) row * width + j;
            double error =
                part.getAtIndex(ValueLayout.JAVA_FLOAT, at)
                    - y.getAtIndex(ValueLayout.JAVA_FLOAT, at);
            losses[first + row] += error * error;
          }
        }
      }
    }
    return losses;
  }

  /**
   * Draws different rows, each in turn with chances as the squares of the losses of those left: the
   * first arrivals of independent exponential times of these rates (Efraimidis and Spirakis 2006).
   */
  private int[] draw(double[] losses, int count) {
    RandomStream random = RandomStream.of(options.seed()).stream("resample").stream(state.step());
    double[] arrivals = new double[losses.length];
    for (int row = 0; row < losses.length; row++) {
      arrivals[row] = -Math.log1p(-random.nextDouble()) / (losses[row] * losses[row]);
    }
    return IntStream.range(0, losses.length)
        .boxed()
        .sorted(Comparator.comparingDouble(row -> arrivals[row]))
        .limit(count)
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /** The rows less b_dec, of norm 1. */
  private MemorySegment directions(MemorySegment x, int[] drawn, Arena arena) {
    int width = state.width();
    MemorySegment bias = state.memory(TrainState.B_DEC);
    MemorySegment directions = arena.allocate(ValueLayout.JAVA_FLOAT, (long) drawn.length * width);
    for (int i = 0; i < drawn.length; i++) {
      for (int j = 0; j < width; j++) {
        float value =
            x.getAtIndex(ValueLayout.JAVA_FLOAT, (long) drawn[i] * width + j)
                - bias.getAtIndex(ValueLayout.JAVA_FLOAT, j);
        directions.setAtIndex(ValueLayout.JAVA_FLOAT, (long) i * width + j, value);
      }
      DecoderRows.normalise(directions, (long) i * width * Float.BYTES, width);
    }
    return directions;
  }
}
