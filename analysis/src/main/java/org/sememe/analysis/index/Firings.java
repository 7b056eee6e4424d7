package org.sememe.analysis.index;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;
import org.sememe.sae.Encoder;
import org.sememe.sae.Sae;
import org.sememe.sae.SparseCodes;

/**
 * Every activation of a text, by latent; a latent's rows ascend. They lie outside the heap, 8 bytes
 * each (16 while they are gathered), and are freed with this. Reading is thread-safe.
 */
final class Firings implements AutoCloseable {
  private static final int ROWS_AT_ONCE = 2048;

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
   * Encodes a text; {@code done} hears how many rows are through.
   *
   * @throws IllegalArgumentException if it has 2^31 activations or more
   */
  static Firings of(Sae sae, IndexedText text, String hook, LongConsumer done) {
    int width = sae.config().width();
    try (Arena arena = Arena.ofShared();
        Encoder encoder = new Encoder(sae, ROWS_AT_ONCE)) {
      Collected all = new Collected(arena, text.rows(), sae.config().latents());
      MemorySegment x = arena.allocate(ValueLayout.JAVA_FLOAT, (long) ROWS_AT_ONCE * width);
      for (IndexedText.Piece piece : text.pieces()) {
        for (int first = 0; first < piece.rows(); first += ROWS_AT_ONCE) {
          int count = Math.min(ROWS_AT_ONCE, piece.rows() - first);
          piece.shard().copyRows(hook, first, count, x, 0);
          all.add(encoder.encode(x, count));
          done.accept(all.row);
        }
      }
      return all.byLatent();
    }
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

  /** Firings in the order of rows, a piece of memory for each batch. */
  private static final class Collected {
    /** A batch's firings. */
    private record Batch(int rows, MemorySegment latents, MemorySegment values) {}

    private final Arena arena;
    private final int[] countOfRow;
    private final int[] countOfLatent;
    private final List<Batch> batches = new ArrayList<>();
    private int count;
    private int row;

    Collected(Arena arena, int rows, int latents) {
      this.arena = arena;
      this.countOfRow = new int[rows];
      this.countOfLatent = new int[latents];
    }

    void add(SparseCodes codes) {
      long batchCount = 0;
      for (int i = 0; i < codes.rows(); i++) {
        int active = 0;
        while (active < codes.k() && codes.value(i, active) > 0) {
          active++;
        }
        if (active < codes.k() && codes.value(i, active) < 0) {
          throw new IllegalArgumentException(
              "an index holds activations above 0, and this dictionary's are signed");
        }
        countOfRow[row++] = active;
        batchCount += active;
      }
      if (count + batchCount > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            "2^31 activations or more by row %,d: index fewer tokens".formatted(row));
      }
      MemorySegment latents = arena.allocate(ValueLayout.JAVA_INT, batchCount);
      MemorySegment values = arena.allocate(ValueLayout.JAVA_FLOAT, batchCount);
      long at = 0;
      for (int i = 0; i < codes.rows(); i++) {
        for (int place = 0; place < countOfRow[row - codes.rows() + i]; place++) {
          int latent = codes.latent(i, place);
          countOfLatent[latent]++;
          latents.setAtIndex(ValueLayout.JAVA_INT, at, latent);
          values.setAtIndex(ValueLayout.JAVA_FLOAT, at++, codes.value(i, place));
        }
      }
      count += (int) batchCount;
      batches.add(new Batch(codes.rows(), latents, values));
    }

    Firings byLatent() {
      int[] starts = new int[countOfLatent.length + 1];
      for (int latent = 0; latent < countOfLatent.length; latent++) {
        starts[latent + 1] = starts[latent] + countOfLatent[latent];
      }
      Firings sorted = new Firings(Arena.ofShared(), starts);
      int[] next = Arrays.copyOf(starts, countOfLatent.length);
      int at = 0;
      for (Batch batch : batches) {
        long from = 0;
        for (int end = at + batch.rows; at < end; at++) {
          for (int i = 0; i < countOfRow[at]; i++, from++) {
            int place = next[batch.latents.getAtIndex(ValueLayout.JAVA_INT, from)]++;
            sorted.rows.setAtIndex(ValueLayout.JAVA_INT, place, at);
            sorted.values.setAtIndex(
                ValueLayout.JAVA_FLOAT,
                place,
                batch.values.getAtIndex(ValueLayout.JAVA_FLOAT, from));
          }
        }
      }
      return sorted;
    }
  }
}
