package org.sememe.training.scaling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Planted laws are found again, and intervals cover what was planted. */
class LawFitterTest {
  private static final int WIDTH = 64;
  private static final double[] SPARSITY = {-0.5, 0.26, -0.017, -0.042, -1.32, -0.085};
  private static final double[] COMPUTE = {-0.4, 0.3, -2.0};

  private static ScalingPoint point(ScalingLaw law, double[] p, int n, int k, long tokens) {
    double compute = ScalingPoint.denseCompute(tokens, n, WIDTH);
    String name = n + "/" + k + "/" + tokens;
    double loss = law.loss(new ScalingPoint(name, n, k, tokens, compute, 1), p);
    return new ScalingPoint(name, n, k, tokens, compute, loss);
  }

  private static List<ScalingPoint> grid() {
    List<ScalingPoint> points = new ArrayList<>();
    for (int n = 256; n <= 65_536; n *= 4) {
      for (int k = 8; k <= 128; k *= 4) {
        points.add(point(new SparsityLaw(), SPARSITY, n, k, 1_000_000));
      }
    }
    return points;
  }

  private static List<ScalingPoint> line() {
    List<ScalingPoint> points = new ArrayList<>();
    for (int n = 64; n <= 65_536; n *= 2) {
      points.add(point(new ComputeLaw(), COMPUTE, n, 32, 1_000L * n));
    }
    return points;
  }

  private static List<ScalingPoint> noisy(List<ScalingPoint> points, double by, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    return points.stream()
        .map(
            x ->
                new ScalingPoint(
                    x.name(),
                    x.latents(),
                    x.sparsity(),
                    x.tokens(),
                    x.compute(),
                    x.loss() * Math.exp(by * random.nextGaussian())))
        .toList();
  }

  @Test
  void aPlantedLawOfWidthAndSparsityIsFoundAgain() {
    LawFit fit = new LawFitter(0, 1).fit(new SparsityLaw(), grid()).orElseThrow();

    for (int i = 0; i < SPARSITY.length; i++) {
      assertThat(fit.parameters().get(i))
          .as(fit.law().names().get(i))
          .isCloseTo(SPARSITY[i], within(0.01));
    }
    assertThat(fit.error()).isLessThan(1e-6);
    assertThat(fit.leaveOneOut().getAsDouble()).isLessThan(1e-4);
    assertThat(fit.extrapolation().getAsDouble()).isLessThan(1e-3);
  }

  @Test
  void aPlantedLawOfComputeIsFoundAgain() {
    LawFit fit = new LawFitter(0, 1).fit(new ComputeLaw(), line()).orElseThrow();

    for (int i = 0; i < COMPUTE.length; i++) {
      assertThat(fit.parameters().get(i)).isCloseTo(COMPUTE[i], within(1e-3));
    }
  }

  /** Twenty data sets with noise: a 95 % interval misses the planted value in few of them. */
  @Test
  void intervalsCoverWhatWasPlanted() {
    int covered = 0;
    int of = 0;
    for (long seed = 0; seed < 20; seed++) {
      LawFit fit =
          new LawFitter(100, seed)
              .fit(new ComputeLaw(), noisy(line(), 0.01, 1000 + seed))
              .orElseThrow();
      for (int i = 0; i < COMPUTE.length; i++, of++) {
        List<Double> interval = fit.intervals().get(i);
        covered += interval.get(0) <= COMPUTE[i] && COMPUTE[i] <= interval.get(1) ? 1 : 0;
      }
    }
    assertThat(covered / (double) of).isBetween(0.8, 1.0);
  }

  /** A plain power law would be wrong by far where the floor begins to count. */
  @Test
  void theFloorIsWhatMakesExtrapolationRight() {
    LawFit fit = new LawFitter(0, 1).fit(new ComputeLaw(), line()).orElseThrow();
    ScalingPoint far = point(new ComputeLaw(), COMPUTE, 1 << 24, 32, 1L << 34);

    assertThat(fit.loss(far)).isCloseTo(far.loss(), within(1e-3));
    double plain = Math.exp(COMPUTE[0] - COMPUTE[1] * Math.log(far.compute() / 1e12));
    assertThat(plain).isLessThan(far.loss() / 5);
  }

  @Test
  void theSameSeedGivesTheSameIntervals() {
    List<ScalingPoint> points = noisy(line(), 0.02, 7);

    assertThat(new LawFitter(30, 3).fit(new ComputeLaw(), points))
        .isEqualTo(new LawFitter(30, 3).fit(new ComputeLaw(), points));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3})
  void tooFewPointsGiveNoFit(int points) {
    assertThat(new LawFitter(10, 1).fit(new ComputeLaw(), List.of()).isEmpty()).isTrue();
    assertThat(new LawFitter(10, 1).fit(new ComputeLaw(), line().subList(0, points))).isEmpty();
  }

  @Test
  void theEnvelopeHoldsTheBestOfEachCompute() {
    List<ScalingPoint> points =
        List.of(
            new ScalingPoint("a", 100, 8, 100, 1e9, 0.9),
            new ScalingPoint("worse", 200, 8, 100, 2e9, 0.95),
            new ScalingPoint("b", 200, 8, 200, 4e9, 0.7),
            new ScalingPoint("twin", 400, 8, 100, 4e9, 0.8),
            new ScalingPoint("c", 400, 8, 400, 16e9, 0.5));

    Envelope envelope = Envelope.of(points);

    assertThat(envelope.points()).extracting(ScalingPoint::name).containsExactly("a", "b", "c");
    assertThat(envelope.widthExponent().getAsDouble()).isCloseTo(0.5, within(1e-12));
    assertThat(envelope.tokensExponent().getAsDouble()).isCloseTo(0.5, within(1e-12));
  }
}
