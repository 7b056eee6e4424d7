package org.sememe.analysis.index;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Everything on a feature's page.
 *
 * @param tokens tokens indexed: the sample of density and maximum
 * @param histogram activations in equal-width bins from 0 to the maximum
 * @param intervals equal-width intervals from 0 to the maximum that examples were drawn from
 * @param examples the strongest, then a random few of each interval
 * @param logits direct effect of the decoder direction on the next token
 * @param neighbours nearest decoder directions, by falling cosine
 * @param tokenStatistics tokens it fires on, by falling count
 * @param coactivation what fires on the same tokens; absent if the index was built before this was
 *     counted
 */
public record FeatureDetail(
    int latent,
    List<String> topTokens,
    double density,
    long activeTokens,
    long tokens,
    double maxActivation,
    double meanActivation,
    OptionalDouble norm,
    boolean dead,
    Histogram histogram,
    List<Interval> intervals,
    List<FeatureExample> examples,
    Logits logits,
    List<Neighbour> neighbours,
    List<TokenStatistic> tokenStatistics,
    Optional<Coactivation> coactivation) {

  /** Counts of active tokens in equal-width bins. */
  public record Histogram(List<Long> counts) {}

  /** An interval of activation and how many indexed tokens fall into it. */
  public record Interval(double low, double high, long count) {}

  /** The tokens whose logits one unit of activation raises and lowers most, strongest first. */
  public record Logits(List<Effect> raised, List<Effect> lowered) {}

  /** A token and the change of its logit for one unit of activation. */
  public record Effect(String token, double effect) {}

  /** Another feature and the cosine of the two decoder directions. */
  public record Neighbour(int latent, List<String> topTokens, double cosine, double density) {}

  /**
   * How a feature uses one vocabulary token.
   *
   * @param count active occurrences
   * @param share of all its active tokens
   * @param lift share divided by the token's share of the indexed text
   * @param baseCount occurrences in the indexed text
   */
  public record TokenStatistic(
      String token, long count, double share, double lift, long baseCount) {}

  /**
   * Which features fire on the same tokens.
   *
   * @param tokens tokens that were counted: all indexed ones, or a random sample of them
   * @param active those of them on which this feature fires
   * @param partners the features that fire with it more often than chance would bring about, by
   *     falling phi
   */
  public record Coactivation(long tokens, long active, List<Partner> partners) {}

  /**
   * Another feature that fires on the same tokens.
   *
   * @param together tokens on which both fire
   * @param active tokens on which the other fires
   * @param expected tokens on which both would fire if they were independent
   * @param phi Pearson's correlation of firing and not firing, 0 where they are independent, 1
   *     where they always fire together
   */
  public record Partner(
      int latent,
      List<String> topTokens,
      long together,
      long active,
      double expected,
      double phi) {}
}
