package org.sememe.analysis.index;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.sememe.tensors.RandomStream;

/**
 * Which latents fire on the same tokens. A latent's tokens are gone through and the others on them
 * counted, so memory is 4 bytes a firing and 8 a latent, however many latents there are, and time
 * is the sum over tokens of the square of their active latents. Where that sum is over {@link
 * IndexOptions#pairs}, tokens are sampled: each with the same chance, and every count is of the
 * sample. Not thread-safe; close it to free the memory.
 */
final class Coactivations implements AutoCloseable {
  /** The chance that an index of independent latents names any pair at all is at most this. */
  private static final double FALSE_ALARM = 0.05;

  private static final Comparator<Partner> WEAKEST_FIRST =
      Comparator.comparingDouble(Partner::phi)
          .thenComparing(Comparator.comparingInt(Partner::latent).reversed());

  private final Arena arena = Arena.ofConfined();
  private final Firings firings;
  private final int most;
  private final double evidence;
  private final int tokens;
  private final int[] starts; // of a row's latents; a row that is not in the sample has none
  private final MemorySegment latents;
  private final int[] active;
  private final int[] together;
  private final int[] touched;

  /** Another latent, the tokens they share, and their correlation. */
  record Partner(int latent, long together, double phi) {}

  /**
   * Gathers firings by row.
   *
   * @param latents number of latents
   * @param rows number of rows
   */
  Coactivations(Firings firings, int latents, int rows, IndexOptions options) {
    this.firings = firings;
    this.most = options.partners();
    this.evidence = Math.log(Math.max(1, latents * (latents - 1.0) / 2) / FALSE_ALARM);
    this.starts = new int[rows + 1];
    for (int i = 0; i < firings.count(); i++) {
      starts[firings.row(i) + 1]++;
    }
    this.tokens = sample(starts, options);
    for (int row = 0; row < rows; row++) {
      starts[row + 1] += starts[row];
    }
    this.latents = arena.allocate(ValueLayout.JAVA_INT, starts[rows]);
    this.active = new int[latents];
    this.together = new int[latents];
    this.touched = new int[latents];
    int[] next = Arrays.copyOf(starts, rows);
    for (int latent = 0; latent < latents; latent++) {
      for (int i = firings.first(latent); i < firings.first(latent + 1); i++) {
        int row = firings.row(i);
        if (next[row] < starts[row + 1]) {
          this.latents.setAtIndex(ValueLayout.JAVA_INT, next[row]++, latent);
          active[latent]++;
        }
      }
    }
  }

  /** Sets the counts of rows that are left out to 0 and gives the number of those that stay. */
  private static int sample(int[] counts, IndexOptions options) {
    double pairs = 0;
    for (int i = 1; i < counts.length; i++) {
      pairs += (double) counts[i] * counts[i];
    }
    if (pairs <= options.pairs()) {
      return counts.length - 1;
    }
    RandomStream random = RandomStream.of(options.seed()).stream("coactivations");
    double share = options.pairs() / pairs;
    int kept = 0;
    for (int i = 1; i < counts.length; i++) {
      if (random.nextDouble() < share) {
        kept++;
      } else {
        counts[i] = 0;
      }
    }
    return kept;
  }

  /** Tokens that were counted. */
  int tokens() {
    return tokens;
  }

  /** Those of them on which a latent fires. */
  int active(int latent) {
    return active[latent];
  }

  /**
   * The latents that fire with this one more often than chance would bring about, by falling phi,
   * {@link IndexOptions#partners} at most.
   */
  List<Partner> partners(int latent) {
    int met = count(latent);
    PriorityQueue<Partner> best = new PriorityQueue<>(WEAKEST_FIRST);
    for (int i = 0; i < met; i++) {
      int other = touched[i];
      Cooccurrence both = new Cooccurrence(together[other], active[latent], active[other], tokens);
      together[other] = 0;
      Partner partner = new Partner(other, both.together(), both.phi());
      boolean enters =
          best.size() < most || !best.isEmpty() && WEAKEST_FIRST.compare(partner, best.peek()) > 0;
      if (other != latent && enters && both.evidence() > evidence) {
        best.add(partner);
        if (best.size() > most) {
          best.remove();
        }
      }
    }
    List<Partner> falling = new ArrayList<>(best);
    falling.sort(WEAKEST_FIRST.reversed());
    return falling;
  }

  /** Counts the latents on a latent's tokens, itself among them, and gives how many there are. */
  private int count(int latent) {
    int met = 0;
    for (int i = firings.first(latent); i < firings.first(latent + 1); i++) {
      int row = firings.row(i);
      for (int place = starts[row]; place < starts[row + 1]; place++) {
        int other = latents.getAtIndex(ValueLayout.JAVA_INT, place);
        if (together[other]++ == 0) {
          touched[met++] = other;
        }
      }
    }
    return met;
  }

  @Override
  public void close() {
    arena.close();
  }
}
