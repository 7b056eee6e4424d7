package org.sememe.analysis.index;

import java.util.OptionalDouble;

/**
 * Which features to list, and in what order.
 *
 * @param search text that one of the feature's tokens must contain, empty for any
 * @param density range of density, both ends included
 * @param norm range of encoder norm
 * @param offset features to leave out at the start, at least 0
 * @param limit features to answer at most, 1 to {@value #MOST}
 */
public record FeatureQuery(
    String search,
    Sort sort,
    boolean descending,
    Status status,
    Range density,
    Range norm,
    long offset,
    int limit) {

  public static final int MOST = 200;

  /** What the list is sorted by; ties by latent. */
  public enum Sort {
    DENSITY,
    MAX_ACTIVATION,
    MEAN_ACTIVATION,
    NORM,
    LATENT
  }

  /** Which latents are listed. */
  public enum Status {
    ALIVE,
    DEAD,
    ALL
  }

  /** A range whose ends may be open. */
  public record Range(OptionalDouble low, OptionalDouble high) {
    public static final Range ANY = new Range(OptionalDouble.empty(), OptionalDouble.empty());

    public boolean contains(double value) {
      return value >= low.orElse(Double.NEGATIVE_INFINITY)
          && value <= high.orElse(Double.POSITIVE_INFINITY);
    }
  }
}
