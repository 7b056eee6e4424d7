package org.sememe.benchmarks.kernels;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/**
 * A random dictionary of unit rows, and rows that are sums of k of them with weights from 0.5 to
 * 1.5: pre-activations have a bulk around 0 and a tail of about k, as those of real rows do.
 *
 * @param matrix float32 {@code [latents, d]}, encoder and decoder
 * @param bias float32 {@code [latents]}, zeros
 * @param x float32 {@code [rows, d]}
 * @param indices int32 {@code [rows, k]}, the latents of which a row was made
 * @param values float32 {@code [rows, k]}, their weights
 */
record Inputs(
    int d,
    int latents,
    int k,
    Storage storage,
    Arena arena,
    MemorySegment matrix,
    MemorySegment bias,
    MemorySegment x,
    MemorySegment indices,
    MemorySegment values) {
  /** Rows of x: an invocation of a row's benchmark goes over them all. */
  static final int ROWS = 16;

  private static final long SEED = 73;

  /** Inputs of a shape with so many latents. */
  static Inputs random(Shape shape, int latents, Storage storage, Arena arena) {
    SplittableRandom random = new SplittableRandom(SEED);
    int d = shape.width();
    int k = shape.active();
    MemorySegment matrix = storage.floats(arena, (long) latents * d);
    for (int latent = 0; latent < latents; latent++) {
      MemorySegment.copy(
          unit(random, d), 0, matrix, ValueLayout.JAVA_FLOAT, (long) latent * d * Float.BYTES, d);
    }
    float[] x = new float[ROWS * d];
    int[] indices = new int[ROWS * k];
    float[] values = new float[ROWS * k];
    for (int place = 0; place < indices.length; place++) {
      indices[place] = random.nextInt(latents);
      values[place] = (float) random.nextDouble(0.5, 1.5);
      for (int i = 0; i < d; i++) {
        float weight = matrix.getAtIndex(ValueLayout.JAVA_FLOAT, (long) indices[place] * d + i);
        x[place / k * d + i] += values[place] * weight;
      }
    }
    return new Inputs(
        d,
        latents,
        k,
        storage,
        arena,
        matrix,
        storage.floats(arena, latents),
        storage.of(arena, x),
        storage.of(arena, indices),
        storage.of(arena, values));
  }

  private static float[] unit(SplittableRandom random, int d) {
    float[] row = new float[d];
    double squares = 0;
    for (int i = 0; i < d; i++) {
      row[i] = (float) random.nextGaussian();
      squares += row[i] * row[i];
    }
    float scale = (float) (1 / Math.sqrt(squares));
    for (int i = 0; i < d; i++) {
      row[i] *= scale;
    }
    return row;
  }

  /** Float32 values around 0, drawn anew. */
  MemorySegment noise(long count) {
    SplittableRandom random = new SplittableRandom(SEED + 1);
    MemorySegment memory = storage.floats(arena, count);
    for (long i = 0; i < count; i++) {
      memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) random.nextDouble(-1, 1));
    }
    return memory;
  }

  /** Float32 room, zeros. */
  MemorySegment floats(long count) {
    return storage.floats(arena, count);
  }

  /** Int32 room, zeros. */
  MemorySegment ints(long count) {
    return storage.floats(arena, count);
  }

  /** Where row {@code row} of d float32 values begins, in bytes. */
  long at(int row) {
    return (long) row * d * Float.BYTES;
  }
}
