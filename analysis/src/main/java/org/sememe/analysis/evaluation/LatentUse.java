package org.sememe.analysis.evaluation;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * How often latents fire. A latent fires on a row when its activation is above zero.
 *
 * @param l0 mean number of latents that fire on a row
 * @param l0Interval by resampling documents
 * @param firings rows each latent fires on, {@code [latents]}
 * @param rows rows looked at: the window that "dead" refers to
 * @param dead latents that fire on none of those rows
 * @param densityHistogram of the latents that fire at all
 */
public record LatentUse(
    double l0,
    Interval l0Interval,
    List<Long> firings,
    long rows,
    long dead,
    Histogram densityHistogram) {

  /** Copies the list. */
  public LatentUse {
    firings = List.copyOf(firings);
  }

  /** Share of latents that fire on none of {@link #rows} rows. */
  public double deadShare() {
    return firings.isEmpty() ? 0 : (double) dead / firings.size();
  }

  /** Share of rows that latent {@code latent} fires on. */
  public double density(int latent) {
    return rows == 0 ? 0 : (double) firings.get(latent) / rows;
  }

  /**
   * Latents by the log10 of their density. Bin i holds the latents with log10 density in {@code
   * [edges[i], edges[i + 1])}, the last bin with its upper edge.
   *
   * @param edges log10 of densities, ascending, one more than counts
   * @param counts latents in each bin
   */
  public record Histogram(List<Double> edges, List<Long> counts) {
    private static final int BINS_A_DECADE = 4;

    /** Copies the lists. */
    public Histogram {
      edges = List.copyOf(edges);
      counts = List.copyOf(counts);
    }

    /**
     * Bins of a quarter of a decade, from the decade of one row in {@code rows} up to every row.
     */
    static Histogram of(long[] firings, long rows) {
      double low = Math.min(-1, Math.floor(-Math.log10(rows)));
      int bins = (int) (-low * BINS_A_DECADE);
      long[] counts = new long[bins];
      for (long fired : firings) {
        if (fired > 0) {
          double density = Math.log10(fired) - Math.log10(rows);
          int bin = (int) Math.floor((density - low) * BINS_A_DECADE);
          counts[Math.clamp(bin, 0, bins - 1)]++;
        }
      }
      return new Histogram(
          IntStream.rangeClosed(0, bins).mapToObj(i -> low + (double) i / BINS_A_DECADE).toList(),
          Arrays.stream(counts).boxed().toList());
    }

    Map<String, Object> fields() {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("log10_edges", edges);
      fields.put("counts", counts);
      return fields;
    }
  }
}
