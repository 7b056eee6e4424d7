package org.sememe.analysis.steering;

import java.util.List;
import java.util.Set;
import org.sememe.analysis.evaluation.Interval;

/**
 * How much more a steered model says what a feature is about.
 *
 * @param latent the feature
 * @param words what was looked for
 * @param byDefault share of the unsteered replies' tokens that are such words
 * @param steered share of the steered replies' tokens
 * @param random share where a random direction of equal norm is steered in the feature's place: the
 *     level of chance
 * @param overDefault 95 % interval of {@code steered - byDefault}, by bootstrap over replies
 * @param overRandom 95 % interval of {@code steered - random}
 * @param distinctDefault distinct tokens over tokens in the unsteered replies: below it, a steered
 *     reply repeats itself more
 * @param distinctSteered the same in the steered replies
 * @param replies replies of each kind
 * @param tokens tokens of the steered replies
 */
public record TopicScore(
    int latent,
    Set<String> words,
    double byDefault,
    double steered,
    double random,
    Interval overDefault,
    Interval overRandom,
    double distinctDefault,
    double distinctSteered,
    int replies,
    long tokens) {
  /** Whether both intervals lie above 0. */
  public boolean raised() {
    return overDefault.low() > 0 && overRandom.low() > 0;
  }

  /** What is summed over one prompt's and seed's three replies. */
  static final class Unit {
    private static final int KINDS = 3;
    private final double[] sums = new double[3 * KINDS];

    /** Adds a reply of a kind, numbered as the shares stand in the record. */
    void add(int kind, List<String> tokens, Topic topic) {
      sums[kind] += tokens.stream().filter(topic::holds).count();
      sums[KINDS + kind] += tokens.size();
      sums[2 * KINDS + kind] += tokens.stream().distinct().count();
    }

    double[] sums() {
      return sums;
    }

    static double share(double[] sums, int kind) {
      return sums[KINDS + kind] == 0 ? Double.NaN : sums[kind] / sums[KINDS + kind];
    }

    static double distinct(double[] sums, int kind) {
      return sums[KINDS + kind] == 0 ? Double.NaN : sums[2 * KINDS + kind] / sums[KINDS + kind];
    }

    static long tokens(double[] sums, int kind) {
      return (long) sums[KINDS + kind];
    }
  }
}
