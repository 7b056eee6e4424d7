package org.sememe.diffusion.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.sememe.tensors.testing.TensorAssertions.assertClose;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.sememe.diffusion.testing.Expected;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.Fixtures;

/** Distances between sets of features, against values of float64 references. */
class MetricsFixtureTest {
  private static final double RELATIVE = 1e-10;

  @BeforeAll
  static void start() {
    Torch.start(1);
  }

  /** A check of one case of a folder. */
  private interface Check {
    void run(Expected inputs, Path folder, String name, JsonNode facts) throws Exception;
  }

  private static Stream<DynamicTest> cases(String kind, Check check) throws IOException {
    Path folder = Fixtures.require("diffusion/metrics/" + kind);
    List<DynamicTest> tests = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry :
        Expected.json(folder.resolve("expected.json")).path("values").properties()) {
      tests.add(
          DynamicTest.dynamicTest(
              entry.getKey(),
              () -> {
                try (Expected inputs = new Expected(folder.resolve("inputs.safetensors"))) {
                  check.run(inputs, folder, entry.getKey(), entry.getValue());
                }
              }));
    }
    return tests.stream();
  }

  private static FeatureRows rows(Expected inputs, String name) {
    long[] shape = inputs.shape(name);
    return new FeatureRows(
        Math.toIntExact(shape[0]), Math.toIntExact(shape[1]), inputs.doubles(name));
  }

  @TestFactory
  Stream<DynamicTest> frechet() throws IOException {
    return cases(
        "frechet",
        (inputs, folder, name, facts) -> {
          FeatureRows x = rows(inputs, name + ".x");
          FeatureRows y = rows(inputs, name + ".y");
          FrechetDistance distance = FrechetDistance.between(x, y);
          double allowed = facts.path("tolerance_absolute").asDouble();
          assertThat(distance.value()).isCloseTo(facts.path("value").asDouble(), within(allowed));
          assertThat(distance.meanTerm())
              .isCloseTo(facts.path("mean_term").asDouble(), within(allowed));
          assertThat(distance.traceX())
              .isCloseTo(facts.path("trace_x").asDouble(), within(allowed));
          assertThat(distance.traceY())
              .isCloseTo(facts.path("trace_y").asDouble(), within(allowed));
          assertThat(distance.traceRoot())
              .isCloseTo(facts.path("trace_root").asDouble(), within(allowed));
          try (Expected values = new Expected(folder.resolve("expected.safetensors"))) {
            if (values.has(name + ".mu_x")) {
              assertClose("mean", x.mean(), values.doubles(name + ".mu_x"), RELATIVE);
              assertClose("mean", y.mean(), values.doubles(name + ".mu_y"), RELATIVE);
            }
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> kernel() throws IOException {
    return cases(
        "kernel",
        (inputs, folder, name, facts) -> {
          FeatureRows x = rows(inputs, name + ".x");
          FeatureRows y = rows(inputs, name + ".y");
          near("unbiased", KernelDistance.unbiased(x, y), facts.path("unbiased"));
          near("biased", KernelDistance.biased(x, y), facts.path("biased"));
          int size = Math.toIntExact(inputs.shape(name + ".blocks_x")[1]);
          double[] blocks = new double[facts.path("blocks").size()];
          for (int i = 0; i < blocks.length; i++) {
            blocks[i] =
                KernelDistance.unbiased(
                    x.select(block(inputs, name + ".blocks_x", i, size)),
                    y.select(block(inputs, name + ".blocks_y", i, size)));
            near("block " + i, blocks[i], facts.path("blocks").get(i));
          }
          Spread spread = Spread.of(blocks);
          near("mean", spread.mean(), facts.path("blocks_mean"));
          near("deviation", spread.deviation(), facts.path("blocks_std"));
          assertThat(spread.sampleDeviation().isPresent())
              .isEqualTo(facts.hasNonNull("blocks_std_of_sample"));
          spread
              .sampleDeviation()
              .ifPresent(d -> near("deviation", d, facts.path("blocks_std_of_sample")));
        });
  }

  private static int[] block(Expected inputs, String name, int i, int size) {
    return Arrays.stream(inputs.doubles(name))
        .skip((long) i * size)
        .limit(size)
        .mapToInt(v -> (int) v)
        .toArray();
  }

  private static void near(String what, double actual, JsonNode expected) {
    double value = expected.asDouble();
    assertThat(actual)
        .as(what)
        .isCloseTo(value, within(Math.max(1e-14, Math.abs(value) * RELATIVE)));
  }

  @TestFactory
  Stream<DynamicTest> precisionAndRecall() throws IOException {
    return cases(
        "precision-recall",
        (inputs, folder, name, facts) -> {
          FeatureRows real = rows(inputs, name + ".real");
          FeatureRows fake = rows(inputs, name + ".fake");
          try (Expected values = new Expected(folder.resolve("expected.safetensors"))) {
            for (Map.Entry<String, JsonNode> of : facts.properties()) {
              int k = Integer.parseInt(of.getKey().substring("k=".length()));
              PrecisionRecall found = PrecisionRecall.of(real, fake, k);
              assertThat(found.precision()).isEqualTo(of.getValue().path("precision").asDouble());
              assertThat(found.recall()).isEqualTo(of.getValue().path("recall").asDouble());
              near("density", found.density(), of.getValue().path("density"));
              assertThat(found.coverage()).isEqualTo(of.getValue().path("coverage").asDouble());
              assertClose(
                  "radii",
                  PrecisionRecall.radii(real, k),
                  values.doubles(name + ".k" + k + ".radii_real"),
                  RELATIVE);
              assertClose(
                  "radii",
                  PrecisionRecall.radii(fake, k),
                  values.doubles(name + ".k" + k + ".radii_fake"),
                  RELATIVE);
            }
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> score() throws IOException {
    return cases(
        "score",
        (inputs, folder, name, facts) -> {
          FeatureRows probabilities =
              inputs.has(name + ".logits")
                  ? ClassifierScore.probabilities(rows(inputs, name + ".logits"))
                  : rows(inputs, name + ".probabilities");
          try (Expected values = new Expected(folder.resolve("expected.safetensors"))) {
            assertClose(
                "probabilities",
                probabilities.values(),
                values.doubles(name + ".probabilities"),
                RELATIVE);
          }
          for (Map.Entry<String, JsonNode> of : facts.properties()) {
            int splits = Integer.parseInt(of.getKey().substring("splits=".length()));
            double[] scores = ClassifierScore.of(probabilities, splits);
            assertClose(
                "splits",
                scores,
                StreamSupport.stream(of.getValue().path("splits").spliterator(), false)
                    .mapToDouble(JsonNode::asDouble)
                    .toArray(),
                RELATIVE);
            near("mean", Spread.of(scores).mean(), of.getValue().path("mean"));
            near("deviation", Spread.of(scores).deviation(), of.getValue().path("std"));
          }
        });
  }

  /** Two normal sets along one axis: (mu_x - mu_y)^2 + (s_x - s_y)^2. */
  @Test
  void frechetInClosedForm() {
    FeatureRows x = new FeatureRows(3, 1, new double[] {-1, 0, 1});
    FeatureRows y = new FeatureRows(3, 1, new double[] {2, 5, 8});
    assertThat(FrechetDistance.between(x, y).value()).isCloseTo(25 + 4, within(1e-12));
    assertThat(FrechetDistance.between(x, x).value()).isCloseTo(0, within(1e-12));
    assertThatThrownBy(() -> FrechetDistance.between(x, new FeatureRows(1, 1, new double[] {1})))
        .hasMessageContaining("two pictures");
  }

  /** The unbiased estimate averages to 0 between halves of one set, the biased one does not. */
  @Test
  void unbiasedKernelDistanceIsZeroOnAverage() {
    RandomStream random = RandomStream.of(5);
    int repeats = 200;
    double unbiased = 0;
    double biased = 0;
    for (int i = 0; i < repeats; i++) {
      FeatureRows x = normal(random);
      FeatureRows y = normal(random);
      unbiased += KernelDistance.unbiased(x, y) / repeats;
      biased += KernelDistance.biased(x, y) / repeats;
    }
    assertThat(Math.abs(unbiased)).isLessThan(0.1);
    assertThat(biased).isGreaterThan(0.5);
  }

  private static FeatureRows normal(RandomStream random) {
    double[] values = new double[20 * 4];
    Arrays.setAll(values, i -> random.nextGaussian());
    return new FeatureRows(20, 4, values);
  }

  @Test
  void notANumberIsRefused() {
    assertThatThrownBy(() -> new FeatureRows(1, 2, new double[] {1, Double.NaN}))
        .hasMessageContaining("NaN");
  }
}
