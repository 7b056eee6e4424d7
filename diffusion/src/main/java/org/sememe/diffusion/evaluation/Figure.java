package org.sememe.diffusion.evaluation;

import java.util.Arrays;
import java.util.function.ToDoubleFunction;
import org.sememe.diffusion.metrics.FeatureRows;
import org.sememe.diffusion.metrics.Spread;
import org.sememe.tensors.RandomStream;

/**
 * A number and how sure it is.
 *
 * @param value of all pictures
 * @param halfWidth of its interval of 95 %: 1.96 deviations
 */
public record Figure(double value, double halfWidth) {
  private static final int RESAMPLINGS = 20;
  private static final double NORMAL_95 = 1.96;

  /** Over resamplings of the drawn pictures (Efron 1979), the real ones as they are. */
  static Figure of(FeatureRows drawn, RandomStream random, ToDoubleFunction<FeatureRows> measure) {
    double[] again = new double[RESAMPLINGS];
    Arrays.setAll(
        again,
        i -> {
          int[] chosen = new int[drawn.rows()];
          Arrays.setAll(chosen, row -> random.nextInt(drawn.rows()));
          return measure.applyAsDouble(drawn.select(chosen));
        });
    double deviation = Spread.of(again).sampleDeviation().orElseThrow();
    return new Figure(measure.applyAsDouble(drawn), NORMAL_95 * deviation);
  }

  /** Of all rows, with what blocks of them gave, each of as many. */
  static Figure ofBlocks(double value, double[] blocks) {
    double deviation = Spread.of(blocks).sampleDeviation().orElseThrow();
    return new Figure(value, NORMAL_95 * deviation / Math.sqrt(blocks.length));
  }

  /** Of a share that was counted in {@code n} trials: the normal approximation. */
  static Figure ofShare(double share, int n) {
    return new Figure(share, NORMAL_95 * Math.sqrt(share * (1 - share) / n));
  }
}
