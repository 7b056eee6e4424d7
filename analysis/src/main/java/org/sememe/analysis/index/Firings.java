package org.sememe.analysis.index;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.LongConsumer;
import org.sememe.sae.Encoder;
import org.sememe.sae.Sae;
import org.sememe.sae.SparseCodes;

/** Every activation of a text, by latent; a latent's rows ascend. */
final class Firings {
  private static final int ROWS_AT_ONCE = 2048;

  private final int[] starts;
  private final int[] rows;
  private final float[] values;

  private Firings(int[] starts, int[] rows, float[] values) {
    this.starts = starts;
    this.rows = rows;
    this.values = values;
  }

  /** Encodes a text; {@code done} hears how many rows are through. */
  static Firings of(Sae sae, IndexedText text, String hook, LongConsumer done) {
    Collected all = new Collected(text.rows());
    int width = sae.config().width();
    try (Arena arena = Arena.ofShared();
        Encoder encoder = new Encoder(sae, ROWS_AT_ONCE)) {
      MemorySegment x = arena.allocate(ValueLayout.JAVA_FLOAT, (long) ROWS_AT_ONCE * width);
      for (IndexedText.Piece piece : text.pieces()) {
        for (int first = 0; first < piece.rows(); first += ROWS_AT_ONCE) {
          int count = Math.min(ROWS_AT_ONCE, piece.rows() - first);
          piece.shard().copyRows(hook, first, count, x, 0);
          all.add(encoder.encode(x, count));
          done.accept(all.row);
        }
      }
    }
    return all.byLatent(sae.config().latents());
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
    return rows[firing];
  }

  /** The activation of a firing. */
  float value(int firing) {
    return values[firing];
  }

  /** Firings in the order of rows. */
  private static final class Collected {
    private final int[] ends;
    private int[] latents = new int[1 << 16];
    private float[] values = new float[1 << 16];
    private int count;
    private int row;

    Collected(int rows) {
      this.ends = new int[rows];
    }

    void add(SparseCodes codes) {
      for (int i = 0; i < codes.rows(); i++) {
        for (int place = 0; place < codes.k() && codes.value(i, place) > 0; place++) {
          if (count == latents.length) {
            int room = Math.addExact(count, count >> 1);
            latents = Arrays.copyOf(latents, room);
            values = Arrays.copyOf(values, room);
          }
          latents[count] = codes.latent(i, place);
          values[count++] = codes.value(i, place);
        }
        ends[row++] = count;
      }
    }

    Firings byLatent(int width) {
      int[] starts = new int[width + 1];
      for (int i = 0; i < count; i++) {
        starts[latents[i] + 1]++;
      }
      for (int latent = 0; latent < width; latent++) {
        starts[latent + 1] += starts[latent];
      }
      int[] next = Arrays.copyOf(starts, width);
      int[] sortedRows = new int[count];
      float[] sortedValues = new float[count];
      int i = 0;
      for (int at = 0; at < row; at++) {
        for (; i < ends[at]; i++) {
          int place = next[latents[i]]++;
          sortedRows[place] = at;
          sortedValues[place] = values[i];
        }
      }
      return new Firings(starts, sortedRows, sortedValues);
    }
  }
}
