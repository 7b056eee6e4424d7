package org.sememe.analysis.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.sememe.tensors.RandomStream;

/** Intervals against what theory says of them. */
class BootstrapTest {
  private static final ToDoubleFunction<double[]> MEAN = sums -> sums[0] / sums[1];

  @Test
  void theIntervalOfAMeanIsTheNormalOne() {
    RandomStream random = RandomStream.of(3);
    List<double[]> units = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      units.add(new double[] {random.nextGaussian(), 1});
    }
    double mean = MEAN.applyAsDouble(Bootstrap.total(units));
    Interval interval = new Bootstrap(4000, 7).intervals(units, List.of(MEAN)).getFirst();
    double half = 1.96 / Math.sqrt(400);
    assertThat(interval.low()).isCloseTo(mean - half, within(0.2 * half));
    assertThat(interval.high()).isCloseTo(mean + half, within(0.2 * half));
  }

  @Test
  void unitsOfManyRowsVaryMoreThanTheirRowsWould() {
    // Ten rows that are all alike are worth one: resampling rows would give a third of the width.
    RandomStream random = RandomStream.of(4);
    List<double[]> documents = new ArrayList<>();
    List<double[]> rows = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      double value = random.nextGaussian();
      documents.add(new double[] {10 * value, 10});
      for (int row = 0; row < 10; row++) {
        rows.add(new double[] {value, 1});
      }
    }
    Bootstrap bootstrap = new Bootstrap(2000, 0);
    Interval byDocument = bootstrap.intervals(documents, List.of(MEAN)).getFirst();
    Interval byRow = bootstrap.intervals(rows, List.of(MEAN)).getFirst();
    double ratio = (byDocument.high() - byDocument.low()) / (byRow.high() - byRow.low());
    assertThat(ratio).isCloseTo(Math.sqrt(10), within(0.5));
  }

  @Test
  void oneUnitLeavesNothingToResample() {
    assertThat(new Bootstrap(50, 0).intervals(List.of(new double[] {6, 4}), List.of(MEAN)))
        .containsExactly(new Interval(1.5, 1.5));
  }

  @Test
  void undefinedResamplesDoNotCount() {
    List<double[]> units = List.of(new double[] {0, 0}, new double[] {3, 1});
    assertThat(new Bootstrap(200, 0).intervals(units, List.of(MEAN, sums -> Double.NaN)))
        .containsExactly(new Interval(3, 3), new Interval(Double.NaN, Double.NaN));
  }

  @Test
  void infiniteResamplesStayInfinite() {
    List<double[]> units = List.of(new double[] {1, 0});
    assertThat(new Bootstrap(20, 0).intervals(units, List.of(MEAN)).getFirst().high())
        .isEqualTo(Double.POSITIVE_INFINITY);
  }

  @Test
  void densitiesFallIntoQuartersOfADecade() {
    LatentUse.Histogram histogram =
        LatentUse.Histogram.of(new long[] {0, 1, 1, 10, 17, 18, 99, 100, 1000}, 1000);
    assertThat(histogram.edges()).hasSize(13).startsWith(-3.0, -2.75).endsWith(-0.25, 0.0);
    // 17 of 1,000 is below 10^-1.75, 18 is not; 99 is below 10^-1.
    assertThat(histogram.counts()).containsExactly(2L, 0L, 0L, 0L, 2L, 1L, 0L, 1L, 1L, 0L, 0L, 1L);
    assertThat(LatentUse.Histogram.of(new long[] {1, 0}, 1).counts())
        .containsExactly(0L, 0L, 0L, 1L);
  }
}
