package org.sememe.app.bench;

import java.util.Locale;
import org.sememe.analysis.planted.FiringRule;
import org.sememe.analysis.planted.PlantedSetting;

/** The planted settings that can be asked for, at any size. */
public enum PlantedKind {
  /** Features fire by themselves. */
  UNCORRELATED,
  /** Features fire in groups. */
  CORRELATED,
  /** Some features fire only where another does. */
  HIERARCHICAL;

  private static final int GROUP = 8;
  private static final double WITHIN = 0.5;
  private static final int CHILDREN = 7;
  private static final double CHILD_SHARE = 0.7;
  private static final double SPREAD = 0.5;

  /** The name on the command line. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * A setting of this kind. In the hierarchical one half of the features are in trees of a parent
   * and {@value #CHILDREN} children, and trees and others have an equal part in the L0.
   *
   * @param width d
   * @param l0 mean number of features of a row
   * @param exponent of the densities in the uncorrelated setting; 0 for equal ones
   * @throws IllegalArgumentException if it cannot be
   */
  public PlantedSetting setting(int width, int features, double l0, double exponent, double noise) {
    return new PlantedSetting(
        width,
        features,
        switch (this) {
          case UNCORRELATED -> new FiringRule.Independent(l0, exponent);
          case CORRELATED -> new FiringRule.Groups(l0, GROUP, WITHIN);
          case HIERARCHICAL -> hierarchy(features, l0);
        },
        SPREAD,
        noise);
  }

  /**
   * Active latents a row where nothing else is said: as many as there are features, and with a
   * hierarchy three quarters of that. Only a dictionary that must be sparser than the truth has a
   * reason to fold parents into their children.
   */
  public int k(double l0) {
    return (int) Math.max(1, Math.round(this == HIERARCHICAL ? 0.75 * l0 : l0));
  }

  private static FiringRule hierarchy(int features, double l0) {
    int parents = Math.max(1, features / 2 / (1 + CHILDREN));
    int others = Math.max(1, features - parents * (1 + CHILDREN));
    return new FiringRule.Hierarchy(
        parents, CHILDREN, l0 / 2 / parents / (1 + CHILD_SHARE), CHILD_SHARE, l0 / 2 / others);
  }
}
