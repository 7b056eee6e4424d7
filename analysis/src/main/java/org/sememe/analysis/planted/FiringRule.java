package org.sememe.analysis.planted;

import java.util.OptionalInt;
import java.util.random.RandomGenerator;

/**
 * Which planted features a row has. Immutable, thread-safe.
 *
 * <p>Features are numbered from 0; {@code features} is their number everywhere.
 */
public sealed interface FiringRule {
  /** The name on the command line. */
  String key();

  /**
   * Checks that there can be so many features.
   *
   * @throws IllegalArgumentException saying what is wrong
   */
  void check(int features);

  /** Probability that a row has the feature. */
  double density(int feature, int features);

  /** The feature without which this one never fires. */
  default OptionalInt parent(int feature) {
    return OptionalInt.empty();
  }

  /** 64-bit words that {@link #draw} takes at most. */
  int words(int features);

  /** Sets {@code fires [features]} for one row. */
  void draw(RandomGenerator random, boolean[] fires);

  /** Mean number of features of a row: the sum of the densities. */
  default double l0(int features) {
    double sum = 0;
    for (int feature = 0; feature < features; feature++) {
      sum += density(feature, features);
    }
    return sum;
  }

  /**
   * Each feature by itself, with densities that fall as {@code 1 / (feature + 1)^exponent}.
   *
   * @param meanL0 mean number of features of a row, above 0
   * @param exponent 0 for equal densities
   */
  record Independent(double meanL0, double exponent) implements FiringRule {
    public Independent {
      require(meanL0 > 0, "the mean L0 must be above 0, not " + meanL0);
      require(exponent >= 0, "the exponent must be 0 or above, not " + exponent);
    }

    @Override
    public String key() {
      return "uncorrelated";
    }

    @Override
    public void check(int features) {
      require(
          density(0, features) <= 1,
          "an L0 of %s with exponent %s needs more than %d features"
              .formatted(meanL0, exponent, features));
    }

    @Override
    public double density(int feature, int features) {
      double sum = features;
      if (exponent > 0) {
        sum = 0;
        for (int i = 1; i <= features; i++) {
          sum += Math.pow(i, -exponent);
        }
      }
      return meanL0 * Math.pow(feature + 1, -exponent) / sum;
    }

    @Override
    public int words(int features) {
      return features;
    }

    @Override
    public void draw(RandomGenerator random, boolean[] fires) {
      double first = density(0, fires.length);
      for (int i = 0; i < fires.length; i++) {
        double density = exponent == 0 ? first : first * Math.pow(i + 1, -exponent);
        fires[i] = random.nextDouble() < density;
      }
    }
  }

  /**
   * Groups of neighbours that fire together: a group is on or off, and in one that is on each
   * feature fires with probability {@code within}, by itself. The last group may be smaller.
   *
   * @param meanL0 mean number of features of a row, above 0
   * @param size features of a group, at least 2
   * @param within above 0, at most 1
   */
  record Groups(double meanL0, int size, double within) implements FiringRule {
    public Groups {
      require(meanL0 > 0, "the mean L0 must be above 0, not " + meanL0);
      require(size >= 2, "a group has at least 2 features, not " + size);
      require(within > 0 && within <= 1, "within lies above 0, at most 1, not " + within);
    }

    @Override
    public String key() {
      return "correlated";
    }

    @Override
    public void check(int features) {
      require(
          groupDensity(features) <= 1,
          "an L0 of %s in groups needs more than %d features".formatted(meanL0, features));
    }

    private double groupDensity(int features) {
      return meanL0 / features / within;
    }

    @Override
    public double density(int feature, int features) {
      return meanL0 / features;
    }

    /** Correlation of the firing of two features of one group. */
    public double correlation(int features) {
      double group = groupDensity(features);
      return within * (1 - group) / (1 - group * within);
    }

    @Override
    public int words(int features) {
      return features + Math.ceilDiv(features, size);
    }

    @Override
    public void draw(RandomGenerator random, boolean[] fires) {
      double density = groupDensity(fires.length);
      boolean on = false;
      for (int i = 0; i < fires.length; i++) {
        if (i % size == 0) {
          on = random.nextDouble() < density;
        }
        fires[i] = random.nextDouble() < within && on;
      }
    }
  }

  /**
   * Trees of two levels, then features by themselves. A parent fires by itself; with a parent one
   * of its children fires with probability {@code childShare}, each as likely, and never without
   * it. Parents come first, then the children of the first, of the second, ..., then the others.
   *
   * @param parents at least 1
   * @param children of each parent, at least 1
   * @param parentDensity probability that a parent fires, above 0, at most 1
   * @param childShare probability of a child where the parent fires, from 0 to 1
   * @param otherDensity probability that a feature outside the trees fires, from 0 to 1
   */
  record Hierarchy(
      int parents, int children, double parentDensity, double childShare, double otherDensity)
      implements FiringRule {
    public Hierarchy {
      require(parents >= 1 && children >= 1, "a hierarchy has at least 1 parent and 1 child each");
      require(
          parentDensity > 0 && parentDensity <= 1,
          "a parent's density lies above 0, at most 1, not " + parentDensity);
      require(
          childShare >= 0 && childShare <= 1,
          "the share of rows with a child lies between 0 and 1, not " + childShare);
      require(
          otherDensity >= 0 && otherDensity <= 1,
          "a density lies between 0 and 1, not " + otherDensity);
    }

    @Override
    public String key() {
      return "hierarchical";
    }

    private int inTrees() {
      return parents + parents * children;
    }

    @Override
    public void check(int features) {
      require(
          features >= inTrees(),
          "%d parents with %d children each need at least %d features, not %d"
              .formatted(parents, children, inTrees(), features));
    }

    @Override
    public double density(int feature, int features) {
      if (feature >= inTrees()) {
        return otherDensity;
      }
      return feature < parents ? parentDensity : parentDensity * childShare / children;
    }

    @Override
    public OptionalInt parent(int feature) {
      return feature < parents || feature >= inTrees()
          ? OptionalInt.empty()
          : OptionalInt.of((feature - parents) / children);
    }

    @Override
    public int words(int features) {
      return 2 * parents + features - inTrees();
    }

    @Override
    public void draw(RandomGenerator random, boolean[] fires) {
      java.util.Arrays.fill(fires, false);
      for (int parent = 0; parent < parents; parent++) {
        fires[parent] = random.nextDouble() < parentDensity;
        double child = random.nextDouble();
        if (fires[parent] && child < childShare) {
          int which = Math.min(children - 1, (int) (child / childShare * children));
          fires[parents + parent * children + which] = true;
        }
      }
      for (int i = inTrees(); i < fires.length; i++) {
        fires[i] = random.nextDouble() < otherDensity;
      }
    }
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
