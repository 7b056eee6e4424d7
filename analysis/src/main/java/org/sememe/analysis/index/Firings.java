package org.sememe.analysis.index;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Every activation of a text, by latent; a latent's rows ascend. They lie outside the heap, 8 bytes
 * each (16 while they are gathered), and are freed with this. Reading is thread-safe.
 */
final class Firings implements AutoCloseable {
  private final Arena arena;
  private final int[] starts;
  private final MemorySegment rows;
  private final MemorySegment values;

  private Firings(Arena arena, int[] starts) {
    this.arena = arena;
    this.starts = starts;
    int count = starts[starts.length - 1];
    this.rows = arena.allocate(ValueLayout.JAVA_INT, count);
    this.values = arena.allocate(ValueLayout.JAVA_FLOAT, count);
  }

  /**
   * Encodes a text, or finds it encoded; {@code done} hears how many rows are through.
   *
   * @param latents number of latents
   * @throws IllegalArgumentException if it has 2^31 activations or more
   */
  static Firings of(FiredParts parts, IndexedText text, int latents, LongConsumer done)
      throws IOException {
    List<FiredRows> all = new ArrayList<>();
    long row = 0;
    for (IndexedText.Piece piece : text.pieces()) {
      for (long first = 0; first < piece.rows(); ) {
        FiredRows some = parts.rows(piece.shard(), first, piece.rows());
        all.add(some);
        first += some.rows();
        row += some.rows();
        done.accept(row);
      }
    }
    return byLatent(all, latents);
  }

  /**
   * Sorts firings by latent; the memory they come in is the caller's.
   *
   * @param latents number of latents
   * @throws IllegalArgumentException for 2^31 firings or more
   */
  static Firings byLatent(List<FiredRows> all, int latents) {
    long count = 0;
    int[] starts = new int[latents + 1];
    for (FiredRows some : all) {
      count += some.count();
      if (count > Integer.MAX_VALUE) {
        throw new IllegalArgumentException("2^31 activations or more: index fewer tokens");
      }
      for (long i = 0; i < some.count(); i++) {
        starts[some.latent(i) + 1]++;
      }
    }
    for (int latent = 0; latent < latents; latent++) {
      starts[latent + 1] += starts[latent];
    }
    Firings sorted = new Firings(Arena.ofShared(), starts);
    int[] next = Arrays.copyOf(starts, latents);
    int row = 0;
    for (FiredRows some : all) {
      long from = 0;
      for (int i = 0; i < some.rows(); i++, row++) {
        for (long end = from + some.active(i); from < end; from++) {
          int place = next[some.latent(from)]++;
          sorted.rows.setAtIndex(ValueLayout.JAVA_INT, place, row);
          sorted.values.setAtIndex(ValueLayout.JAVA_FLOAT, place, some.activation(from));
        }
      }
    }
    return sorted;
  }

  /** Number of all firings. */
  int count() {
    return starts[starts.length - 1];
  }

  /** Number of rows a latent fires on. */
  int count(int latent) {
    return starts[latent + 1] - starts[latent];
  }

  /** A latent's first firing; they are numbered one after the other. */
  int first(int latent) {
    return starts[latent];
  }

  /** The row of a firing. */
  int row(int firing) {
    return rows.getAtIndex(ValueLayout.JAVA_INT, firing);
  }

  /** The activation of a firing. */
  float value(int firing) {
    return values.getAtIndex(ValueLayout.JAVA_FLOAT, firing);
  }

  @Override
  public void close() {
    arena.close();
  }
}
