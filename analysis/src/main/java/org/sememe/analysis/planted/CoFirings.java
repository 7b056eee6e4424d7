package org.sememe.analysis.planted;

import java.util.Arrays;
import java.util.Objects;
import org.sememe.sae.SparseCodes;

/**
 * Counts of rows: which features and which latents fire together. A parent's rows are counted a
 * second time where one of its children fires too. One thread at a time.
 */
final class CoFirings {
  private final PlantedSetting setting;
  private final int latents;
  private final long[] ofFeature;
  private final long[] ofLatent;
  private final long[][] together;
  private final long[] withChild;
  private final long[][] togetherWithChild;
  private final boolean[] hasChild;
  private long rows;

  CoFirings(PlantedSetting setting, int latents) {
    this.setting = setting;
    this.latents = latents;
    int features = setting.features();
    this.ofFeature = new long[features];
    this.ofLatent = new long[latents];
    this.together = new long[features][latents];
    this.withChild = new long[features];
    this.togetherWithChild = new long[features][];
    this.hasChild = new boolean[features];
    for (int i = 0; i < features; i++) {
      setting.firing().parent(i).ifPresent(parent -> togetherWithChild[parent] = new long[latents]);
    }
  }

  /**
   * Counts one row.
   *
   * @param truth the features that fire
   * @param codes its row {@code row} is what the dictionary makes of it
   */
  void add(int[] truth, SparseCodes codes, int row) {
    rows++;
    for (int feature : truth) {
      setting.firing().parent(feature).ifPresent(parent -> hasChild[parent] = true);
    }
    int active = 0;
    while (active < codes.k() && codes.value(row, active) > 0) {
      ofLatent[codes.latent(row, active)]++;
      active++;
    }
    for (int feature : truth) {
      ofFeature[feature]++;
      count(together[feature], codes, row, active);
      if (hasChild[feature]) {
        withChild[feature]++;
        count(togetherWithChild[feature], codes, row, active);
        hasChild[feature] = false;
      }
    }
  }

  private static void count(long[] into, SparseCodes codes, int row, int active) {
    for (int place = 0; place < active; place++) {
      into[codes.latent(row, place)]++;
    }
  }

  long rows() {
    return rows;
  }

  int features() {
    return ofFeature.length;
  }

  int latents() {
    return latents;
  }

  /** Whether another feature needs this one. */
  boolean isParent(int feature) {
    return togetherWithChild[feature] != null;
  }

  /** Whether the setting has parents at all. */
  boolean hasParents() {
    return Arrays.stream(togetherWithChild).anyMatch(Objects::nonNull);
  }

  /** Rows with the feature. */
  long ofFeature(int feature) {
    return ofFeature[feature];
  }

  /** Rows on which the latent fires; none for no latent. */
  long ofLatent(int latent) {
    return latent == Matching.NONE ? 0 : ofLatent[latent];
  }

  /** Rows with both. */
  long together(int feature, int latent) {
    return latent == Matching.NONE ? 0 : together[feature][latent];
  }

  /** Rows with the parent and one of its children. */
  long withChild(int parent) {
    return withChild[parent];
  }

  /** Of those, rows on which the latent fires. */
  long withChild(int parent, int latent) {
    return latent == Matching.NONE ? 0 : togetherWithChild[parent][latent];
  }

  /** Mean number of latents that fire on a row. */
  double l0() {
    long sum = 0;
    for (long fired : ofLatent) {
      sum += fired;
    }
    return (double) sum / rows;
  }
}
