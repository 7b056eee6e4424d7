package org.sememe.analysis.planted;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;

/**
 * How well the decoder's rows are the planted directions. Cosines keep their sign, because a
 * latent's activation is never negative: a row that points the other way has not found the
 * direction.
 *
 * @param mmcs mean over features of the largest cosine with a decoder row
 * @param mmcsChance the same with directions drawn evenly over the sphere in place of the decoder's
 * @param reverse mean over latents of the largest cosine with a planted direction
 * @param reverseChance the same by chance
 * @param recovered share of features whose largest cosine is above {@value #RECOVERED}
 * @param recoveredChance the same by chance
 * @param features planted directions
 * @param latents decoder rows
 */
public record DirectionScores(
    double mmcs,
    double mmcsChance,
    double reverse,
    double reverseChance,
    double recovered,
    double recoveredChance,
    int features,
    int latents) {
  /** The cosine above which a direction counts as found. */
  public static final double RECOVERED = 0.9;

  /**
   * Compares.
   *
   * @param cosines {@code [features][latents]}
   * @param chance the same with random directions
   */
  static DirectionScores of(double[][] cosines, double[][] chance) {
    double[] best = best(cosines);
    double[] bestByChance = best(chance);
    return new DirectionScores(
        mean(best),
        mean(bestByChance),
        mean(bestOfColumns(cosines)),
        mean(bestOfColumns(chance)),
        share(best),
        share(bestByChance),
        cosines.length,
        cosines[0].length);
  }

  /**
   * The cosine of each planted direction with each decoder row; 0 with a row of zeros.
   *
   * @param decoder {@code [latents, d]}, of any norms
   */
  static double[][] cosines(PlantedDictionary planted, Tensor decoder) {
    int features = planted.setting().features();
    int latents = (int) decoder.size(0);
    try (PointerScope scope = new PointerScope()) {
      Tensor norms = decoder.square().sum(1).sqrt();
      Tensor directions =
          TensorMemory.floats(planted.directions(), features, planted.setting().width());
      float[] products = TensorMemory.floats(directions.matmul(decoder.t()).contiguous());
      float[] lengths = TensorMemory.floats(norms);
      double[][] cosines = new double[features][latents];
      for (int i = 0; i < features; i++) {
        for (int j = 0; j < latents; j++) {
          cosines[i][j] = lengths[j] == 0 ? 0 : products[i * latents + j] / lengths[j];
        }
      }
      return cosines;
    }
  }

  /** Cosines with as many directions drawn evenly over the sphere. */
  static double[][] chance(PlantedDictionary planted, int latents, RandomStream random) {
    int d = planted.setting().width();
    try (PointerScope scope = new PointerScope()) {
      return cosines(
          planted, TensorMemory.floats(PlantedDictionary.unitRows(random, latents, d), latents, d));
    }
  }

  /** Each feature's largest cosine. */
  static double[] best(double[][] cosines) {
    return Arrays.stream(cosines)
        .mapToDouble(row -> Arrays.stream(row).max().orElseThrow())
        .toArray();
  }

  private static double[] bestOfColumns(double[][] cosines) {
    double[] best = cosines[0].clone();
    for (double[] row : cosines) {
      for (int j = 0; j < best.length; j++) {
        best[j] = Math.max(best[j], row[j]);
      }
    }
    return best;
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElseThrow();
  }

  private static double share(double[] best) {
    return (double) Arrays.stream(best).filter(cosine -> cosine > RECOVERED).count() / best.length;
  }

  /** The scores as JSON fields. */
  public Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("mmcs", mmcs);
    fields.put("mmcs_chance", mmcsChance);
    fields.put("mmcs_reverse", reverse);
    fields.put("mmcs_reverse_chance", reverseChance);
    fields.put("recovered_share", recovered);
    fields.put("recovered_share_chance", recoveredChance);
    fields.put("features", features);
    fields.put("latents", latents);
    return fields;
  }
}
