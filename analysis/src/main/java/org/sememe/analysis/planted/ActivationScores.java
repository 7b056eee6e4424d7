package org.sememe.analysis.planted;

import java.util.LinkedHashMap;
import java.util.Map;
import org.sememe.tensors.RandomStream;

/**
 * How well latents fire when their features do. Each feature has one latent, by the one-to-one
 * matching of the largest total cosine; features fire where their code is above 0, latents where
 * their activation is. All are means over the features that fire at all, each counting the same; a
 * feature without a latent, or with one that never fires, scores 0.
 *
 * @param f1 twice the rows with both over the rows with the feature plus those with the latent
 * @param precision rows with both over rows with the latent
 * @param recall rows with both over rows with the feature
 * @param f1Chance F1 of matchings drawn at random, on the same rows
 * @param l0 mean number of latents that fire on a row
 * @param deadShare share of latents that fire on none of the rows
 * @param features features that fire at all
 * @param rows rows looked at
 */
public record ActivationScores(
    double f1,
    double precision,
    double recall,
    double f1Chance,
    double l0,
    double deadShare,
    long features,
    long rows) {
  private static final int CHANCE_DRAWS = 20;

  static ActivationScores of(CoFirings counts, Matching matching, RandomStream random) {
    double[] scores = means(counts, matching);
    double chance = 0;
    for (int draw = 0; draw < CHANCE_DRAWS; draw++) {
      chance +=
          means(counts, Matching.random(random, counts.features(), counts.latents()))[0]
              / CHANCE_DRAWS;
    }
    long dead = 0;
    for (int latent = 0; latent < counts.latents(); latent++) {
      dead += counts.ofLatent(latent) == 0 ? 1 : 0;
    }
    return new ActivationScores(
        scores[0],
        scores[1],
        scores[2],
        chance,
        counts.l0(),
        (double) dead / counts.latents(),
        (long) scores[3],
        counts.rows());
  }

  /** F1, precision and recall, and how many features they are means over. */
  private static double[] means(CoFirings counts, Matching matching) {
    double[] sums = new double[4];
    for (int feature = 0; feature < counts.features(); feature++) {
      long there = counts.ofFeature(feature);
      if (there > 0) {
        int latent = matching.latents().get(feature);
        double both = counts.together(feature, latent);
        long fired = counts.ofLatent(latent);
        sums[0] += 2 * both / (there + fired);
        sums[1] += fired == 0 ? 0 : both / fired;
        sums[2] += both / there;
        sums[3]++;
      }
    }
    for (int i = 0; i < 3; i++) {
      sums[i] /= sums[3];
    }
    return sums;
  }

  /** The scores as JSON fields. */
  public Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("f1", f1);
    fields.put("f1_chance", f1Chance);
    fields.put("precision", precision);
    fields.put("recall", recall);
    fields.put("l0", l0);
    fields.put("dead_share", deadShare);
    fields.put("features_that_fire", features);
    fields.put("eval_rows", rows);
    return fields;
  }
}
