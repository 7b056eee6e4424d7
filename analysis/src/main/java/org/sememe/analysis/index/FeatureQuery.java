package org.sememe.analysis.index;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which features to list, and in what order.
 *
 * @param search text that one of the feature's tokens must contain, empty for any
 * @param also latents that the search finds whatever their tokens are: those whose label has it
 * @param among latents that alone are listed, if not all are
 * @param density range of density, both ends included
 * @param norm range of encoder norm
 * @param offset features to leave out at the start, at least 0
 * @param limit features to answer at most, 1 to {@value #MOST}
 */
public record FeatureQuery(
    String search,
    Set<Integer> also,
    Optional<Set<Integer>> among,
    Sort sort,
    boolean descending,
    Status status,
    Range density,
    Range norm,
    long offset,
    int limit) {

  public static final int MOST = 200;

  /** A query that knows no labels and lists all. */
  public FeatureQuery(
      String search,
      Sort sort,
      boolean descending,
      Status status,
      Range density,
      Range norm,
      long offset,
      int limit) {
    this(
        search, Set.of(), Optional.empty(), sort, descending, status, density, norm, offset, limit);
  }

  /** The same, where the search finds these latents too. */
  public FeatureQuery finding(Set<Integer> labelled) {
    return new FeatureQuery(
        search, labelled, among, sort, descending, status, density, norm, offset, limit);
  }

  /** The same, of these latents alone; of those that were allowed before. */
  public FeatureQuery within(Set<Integer> latents) {
    Set<Integer> both = new TreeSet<>(latents);
    among.ifPresent(both::retainAll);
    return new FeatureQuery(
        search, also, Optional.of(both), sort, descending, status, density, norm, offset, limit);
  }

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
