package org.sememe.training;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.sememe.kernels.CodeBlock;
import org.sememe.training.ranks.Part;

/**
 * The codes of a batch, {@code [rows, places]}, a row's in the order of their stages and in a stage
 * by falling value, places without one 0. Owns its memory, which grows with the places. Written by
 * one thread, or by several a row each.
 */
final class Codes implements AutoCloseable {
  private final int rows;
  private final Nesting nesting;
  private final int[] starts;
  private Arena arena = Arena.ofShared();
  private int room;
  private int places;
  private int[] offsets = new int[1];
  private MemorySegment indices = MemorySegment.NULL;
  private MemorySegment values = MemorySegment.NULL;
  private MemorySegment slopes = MemorySegment.NULL;

  Codes(int rows, Nesting nesting) {
    this.rows = rows;
    this.nesting = nesting;
    this.starts = new int[rows * nesting.stages()];
  }

  /** Makes room for so many places a row; what was there is lost. */
  void shape(int newPlaces) {
    if (newPlaces != places) {
      places = newPlaces;
      offsets = CodeBlock.even(rows, places);
    }
    int wanted = Math.multiplyExact(rows, places);
    if (wanted > room) {
      arena.close();
      arena = Arena.ofShared();
      room = wanted;
      indices = arena.allocate(ValueLayout.JAVA_INT, wanted);
      values = arena.allocate(ValueLayout.JAVA_FLOAT, wanted);
      slopes = arena.allocate(ValueLayout.JAVA_FLOAT, wanted);
    }
  }

  /** What an array has of all rows. */
  MemorySegment whole(MemorySegment array) {
    return of(array, new Part(0, rows));
  }

  /** What an array of 4 bytes a place has of some rows. */
  MemorySegment of(MemorySegment array, Part some) {
    long row = (long) places * Float.BYTES;
    return array.asSlice(some.from() * row, some.count() * row);
  }

  int places() {
    return places;
  }

  /** int32 {@code [rows, places]}. */
  MemorySegment indices() {
    return indices;
  }

  /** float32 {@code [rows, places]}. */
  MemorySegment values() {
    return values;
  }

  /** float32 {@code [rows, places]}. */
  MemorySegment slopes() {
    return slopes;
  }

  /** Puts a row's codes, which stand by falling value, in the order of their stages. */
  void arrange(int row) {
    int base = row * nesting.stages();
    switch (nesting.rule()) {
      case Nesting.Rule.None() -> starts[base] = 0;
      case Nesting.Rule.ByRank(int first) -> {
        starts[base] = 0;
        starts[base + 1] = Math.min(first, places);
      }
      case Nesting.Rule.ByLatent groups -> group(row, base, groups);
    }
  }

  /**
   * Sorts by stage, by insertion: a row has few codes, and those of a stage keep their order.
   * Places without a code stay behind the last.
   */
  private void group(int row, int base, Nesting.Rule.ByLatent groups) {
    long first = (long) row * places;
    Arrays.fill(starts, base, base + nesting.stages(), 0);
    for (int j = 0; j < places; j++) {
      float value = values.getAtIndex(ValueLayout.JAVA_FLOAT, first + j);
      if (!(value > 0)) {
        break; // by falling value: no more codes
      }
      int latent = indices.getAtIndex(ValueLayout.JAVA_INT, first + j);
      int stage = groups.stage(latent);
      long at = first + j;
      while (at > first && groups.stage(indices.getAtIndex(ValueLayout.JAVA_INT, at - 1)) > stage) {
        move(at - 1, at);
        at--;
      }
      indices.setAtIndex(ValueLayout.JAVA_INT, at, latent);
      values.setAtIndex(ValueLayout.JAVA_FLOAT, at, value);
      for (int later = stage + 1; later < nesting.stages(); later++) {
        starts[base + later]++;
      }
    }
  }

  private void move(long from, long to) {
    indices.setAtIndex(ValueLayout.JAVA_INT, to, indices.getAtIndex(ValueLayout.JAVA_INT, from));
    values.setAtIndex(ValueLayout.JAVA_FLOAT, to, values.getAtIndex(ValueLayout.JAVA_FLOAT, from));
  }

  /** The place in a row where a stage's codes begin. */
  int start(int row, int stage) {
    return starts[row * nesting.stages() + stage];
  }

  /** The place after a stage's last code. */
  int end(int row, int stage) {
    return stage + 1 == nesting.stages() ? places : start(row, stage + 1);
  }

  /** A row's active latents, ascending. */
  int[] active(int row) {
    int[] latents = new int[places];
    int count = 0;
    for (long place = (long) row * places; place < (long) (row + 1) * places; place++) {
      if (values.getAtIndex(ValueLayout.JAVA_FLOAT, place) > 0) {
        latents[count++] = indices.getAtIndex(ValueLayout.JAVA_INT, place);
      }
    }
    int[] sorted = Arrays.copyOf(latents, count);
    Arrays.sort(sorted);
    return sorted;
  }

  /** Marks the latents that are active in the primary reconstruction; gives how many there are. */
  long mark(Firings firings) {
    long active = 0;
    for (int row = 0; row < rows; row++) {
      long first = (long) row * places;
      for (long place = first; place < first + end(row, nesting.primary()); place++) {
        if (values.getAtIndex(ValueLayout.JAVA_FLOAT, place) > 0) {
          firings.mark(0, indices.getAtIndex(ValueLayout.JAVA_INT, place));
          active++;
        }
      }
    }
    return active;
  }

  /** A row's least active value in the primary reconstruction; infinite where none is active. */
  double least(int row) {
    double least = Double.POSITIVE_INFINITY;
    long first = (long) row * places;
    for (long place = first; place < first + end(row, nesting.primary()); place++) {
      float value = values.getAtIndex(ValueLayout.JAVA_FLOAT, place);
      least = value > 0 ? Math.min(least, value) : least;
    }
    return least;
  }

  /** These codes with their gradients, whose stages' rows begin at {@code gradientRow}. */
  CodeBlock block(int gradientRow, float scale) {
    return new CodeBlock(
        indices, values, slopes, rows, offsets, 0, gradientRow, scale, nesting.stages(), starts);
  }

  @Override
  public void close() {
    arena.close();
  }
}
