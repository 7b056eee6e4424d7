package org.sememe.diffusion.evaluation;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.sememe.diffusion.features.Judge;
import org.sememe.diffusion.metrics.FeatureRows;
import org.sememe.diffusion.metrics.FrechetDistance;
import org.sememe.diffusion.metrics.KernelDistance;
import org.sememe.diffusion.metrics.PrecisionRecall;
import org.sememe.diffusion.pictures.PictureSet;
import org.sememe.tensors.RandomStream;

/**
 * Measures pictures beside held-out real ones. Keeps the real ones' features; the judge stays the
 * caller's.
 */
public final class PictureEvaluation {
  private static final int NEIGHBOURS = 3;
  private static final int PAIRS_A_CLASS = 2000;

  private final Judge judge;
  private final FeatureRows real;
  private final double realDistance;
  private final long seed;

  /**
   * Beside these pictures.
   *
   * @param real at least {@code 4}, with two of a class or one of each
   * @param seed of resamplings and pairs
   */
  public PictureEvaluation(Judge judge, PictureSet real, long seed) {
    this.judge = judge;
    this.seed = seed;
    this.real = judge.features(real);
    this.realDistance = withinClasses(this.real, real.labels());
  }

  /** Measures pictures; their labels are what was asked for. */
  public Quality of(PictureSet pictures) {
    FeatureRows rows = judge.features(pictures);
    RandomStream random = RandomStream.of(seed).stream("resamplings");
    PrecisionRecall manifold = PrecisionRecall.of(real, rows, NEIGHBOURS);
    return new Quality(
        Figure.of(
            rows, random.stream("frechet"), drawn -> FrechetDistance.between(drawn, real).value()),
        kernel(rows),
        manifold.precision(),
        manifold.recall(),
        Figure.ofShare(judge.accuracy(pictures), pictures.count()),
        withinClasses(rows, pictures.labels()) / realDistance);
  }

  /** Over blocks of rows, as KID is usually given; a resampling would pair a row with itself. */
  private Figure kernel(FeatureRows rows) {
    int blocks = Math.max(2, Math.min(10, rows.rows() / 50));
    double[] values = new double[blocks];
    Arrays.setAll(
        values, i -> KernelDistance.unbiased(block(rows, i, blocks), block(real, i, blocks)));
    return Figure.ofBlocks(KernelDistance.unbiased(rows, real), values);
  }

  private static FeatureRows block(FeatureRows rows, int i, int blocks) {
    int[] chosen = IntStream.range(0, rows.rows()).filter(row -> row % blocks == i).toArray();
    return rows.select(chosen);
  }

  /**
   * The mean distance of pairs of one class, over classes; of any pairs where no class has two, as
   * captions have not. Pairs are drawn.
   */
  private double withinClasses(FeatureRows rows, int[] labels) {
    RandomStream random = RandomStream.of(seed).stream("pairs");
    return IntStream.of(labels)
        .distinct()
        .sorted()
        .mapToObj(c -> IntStream.range(0, labels.length).filter(i -> labels[i] == c).toArray())
        .filter(members -> members.length > 1)
        .mapToDouble(members -> meanDistance(rows, members, random))
        .average()
        .orElseGet(() -> meanDistance(rows, IntStream.range(0, labels.length).toArray(), random));
  }

  private static double meanDistance(FeatureRows rows, int[] members, RandomStream random) {
    double sum = 0;
    for (int pair = 0; pair < PAIRS_A_CLASS; pair++) {
      int first = random.nextInt(members.length);
      int second = (first + 1 + random.nextInt(members.length - 1)) % members.length;
      sum += rows.distance(members[first], rows, members[second]);
    }
    return sum / PAIRS_A_CLASS;
  }
}
