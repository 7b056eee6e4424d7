package org.sememe.analysis.planted;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What became of the planted parents. A dictionary that is pressed to be sparse may fold a parent
 * into its children: then a child's latent carries the parent's direction too, and the parent's own
 * latent stays silent although the parent is there (feature absorption, Chanin et al. 2024).
 *
 * <p>Shares and rates are means over parents, each counting the same; rates are of parents that
 * have such rows.
 *
 * @param recovered share of parents whose matched latent has a cosine above {@link
 *     DirectionScores#RECOVERED} and fires on more than half of the rows that have the parent with
 *     a child
 * @param recoveredChance the share whose largest cosine with directions drawn evenly over the
 *     sphere is above that: no less than chance
 * @param cosine mean of the parents' largest cosines
 * @param cosineChance the same by chance
 * @param absorption of the rows with the parent and one of its children, the share on which the
 *     parent's matched latent is silent
 * @param absorptionChance the same of a latent drawn at random
 * @param missedAlone of the rows with the parent and no child, the share on which that latent is
 *     silent: what is missed without any child to absorb it
 * @param f1 of the parents' activations, as in {@link ActivationScores}
 * @param parents how many
 * @param rows pairs of a parent and a row that has it with a child
 */
public record ParentScores(
    double recovered,
    double recoveredChance,
    double cosine,
    double cosineChance,
    double absorption,
    double absorptionChance,
    double missedAlone,
    double f1,
    int parents,
    long rows) {

  static ParentScores of(
      CoFirings counts, Matching matching, double[][] cosines, double[][] chance) {
    double[] best = DirectionScores.best(cosines);
    double[] bestByChance = DirectionScores.best(chance);
    Mean recovered = new Mean();
    Mean recoveredByChance = new Mean();
    Mean cosine = new Mean();
    Mean cosineByChance = new Mean();
    Mean absorbed = new Mean();
    Mean absorbedByChance = new Mean();
    Mean missed = new Mean();
    Mean f1 = new Mean();
    long rows = 0;
    for (int parent = 0; parent < counts.features(); parent++) {
      if (!counts.isParent(parent)) {
        continue;
      }
      int latent = matching.latents().get(parent);
      double own = latent == Matching.NONE ? 0 : cosines[parent][latent];
      long with = counts.withChild(parent);
      long heard = counts.withChild(parent, latent);
      long alone = counts.ofFeature(parent) - with;
      rows += with;
      cosine.add(best[parent]);
      cosineByChance.add(bestByChance[parent]);
      recovered.add(own > DirectionScores.RECOVERED && 2 * heard > with ? 1 : 0);
      recoveredByChance.add(bestByChance[parent] > DirectionScores.RECOVERED ? 1 : 0);
      if (with > 0) {
        absorbed.add(1 - (double) heard / with);
        absorbedByChance.add(silent(counts, parent));
      }
      if (alone > 0) {
        missed.add(1 - (double) (counts.together(parent, latent) - heard) / alone);
      }
      if (alone + with > 0) {
        f1.add(2.0 * counts.together(parent, latent) / (alone + with + counts.ofLatent(latent)));
      }
    }
    return new ParentScores(
        recovered.value(),
        recoveredByChance.value(),
        cosine.value(),
        cosineByChance.value(),
        absorbed.value(),
        absorbedByChance.value(),
        missed.value(),
        f1.value(),
        recovered.count,
        rows);
  }

  /** How often the mean latent is silent on a parent's rows with a child. */
  private static double silent(CoFirings counts, int parent) {
    double heard = 0;
    for (int latent = 0; latent < counts.latents(); latent++) {
      heard += counts.withChild(parent, latent);
    }
    return 1 - heard / counts.latents() / counts.withChild(parent);
  }

  /** A running mean; NaN of nothing. */
  private static final class Mean {
    private double sum;
    private int count;

    void add(double value) {
      sum += value;
      count++;
    }

    double value() {
      return sum / count;
    }
  }

  /** The scores as JSON fields. */
  public Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("parents_recovered_share", recovered);
    fields.put("parents_recovered_share_chance", recoveredChance);
    fields.put("parent_cosine", cosine);
    fields.put("parent_cosine_chance", cosineChance);
    fields.put("absorption_rate", absorption);
    fields.put("absorption_rate_chance", absorptionChance);
    fields.put("parent_missed_alone_rate", missedAlone);
    fields.put("parent_f1", f1);
    fields.put("parents", parents);
    fields.put("parent_rows_with_child", rows);
    return fields;
  }
}
