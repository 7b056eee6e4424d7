package org.sememe.analysis.index;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A page of features.
 *
 * @param total how many features match in all
 * @param offset how many of them come before this page
 */
public record FeatureList(long total, long offset, List<Row> features) {

  /**
   * A feature in a list.
   *
   * @param topTokens its automatic label: the tokens that it fires on, most characteristic first
   * @param density share of the indexed tokens on which it is active
   * @param maxActivation largest activation on them, 0 if dead
   * @param meanActivation mean over the tokens on which it is active
   * @param norm norm of its encoder row, if the index has it
   * @param example the strongest example, absent if dead
   */
  public record Row(
      int latent,
      List<String> topTokens,
      double density,
      long activeTokens,
      double maxActivation,
      double meanActivation,
      OptionalDouble norm,
      boolean dead,
      Optional<FeatureExample> example) {

    /** The same with another example, or none. */
    public Row with(Optional<FeatureExample> strongest) {
      return new Row(
          latent,
          topTokens,
          density,
          activeTokens,
          maxActivation,
          meanActivation,
          norm,
          dead,
          strongest);
    }
  }
}
