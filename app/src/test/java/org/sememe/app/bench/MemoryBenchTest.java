package org.sememe.app.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Sizes follow from the shape, and what is large shows up in the resident size. */
class MemoryBenchTest {
  private static final int WIDTH = 256;

  @BeforeAll
  static void onlyWhereSizesAreTold() {
    Assumptions.assumeTrue(
        ResidentSize.of(ProcessHandle.current().pid()).isPresent(),
        "skipped: this system does not tell a process's resident size");
  }

  private static MemoryBench bench(int latents, long deadTokens) {
    return new MemoryBench(WIDTH, latents, 8, 64, deadTokens, 3, 2);
  }

  @Test
  void sizesFollowFromTheShape() throws IOException {
    int latents = 32_768;
    Map<String, Object> fields = bench(latents, Long.MAX_VALUE).run();

    double weights = 4e-6 * (2.0 * latents * WIDTH + latents + WIDTH);
    assertThat(number(fields, "weights_mb")).isCloseTo(weights, within(1e-9));
    double optimiser = number(fields, "optimiser_mb");
    assertThat(optimiser).isBetween(0.5 * weights, 2.1 * weights);
    double peak = number(fields, "peak_mb");
    double baseline = number(fields, "baseline_mb");
    assertThat(baseline).isBetween(30.0, 2_000.0);
    assertThat(peak).isGreaterThan(baseline + 0.95 * (weights + optimiser));
    assertThat(number(fields, "over_mb")).isCloseTo(peak - weights - optimiser, within(1e-9));
    assertThat(number(fields, "over_baseline_mb"))
        .isCloseTo(number(fields, "over_mb") - baseline, within(1e-9));
    assertThat(number(fields, "step_s")).isPositive();
    assertThat(fields).containsEntry("dead", 0);
    Map<?, ?> parts = (Map<?, ?>) fields.get("parts");
    assertThat(parts.keySet().stream().map(Object::toString))
        .containsExactly("libtorch", "rows", "state", "scratch", "first_step", "steps");
    List<Double> peaks =
        parts.values().stream().map(part -> (Double) ((Map<?, ?>) part).get("peak_mb")).toList();
    assertThat(peaks.stream().mapToDouble(Double::doubleValue).max()).hasValue(peak);
    assertThat(peaks.getFirst()).isLessThan(peak - weights);
    assertThat(fields.get("peak_met_in").toString()).isNotEqualTo("libtorch");
  }

  @Test
  void deadLatentsGiveAuxKWork() throws IOException {
    assertThat((Integer) bench(4096, 64).run().get("dead")).isPositive();
  }

  @Test
  void aSweepHasAPointForEachNumberOfLatents() throws IOException {
    Map<String, Object> fields = bench(64, Long.MAX_VALUE).sweep(List.of(64, 2048));

    List<?> points = (List<?>) fields.get("sweep");
    assertThat(points).hasSize(2);
    double before = Double.POSITIVE_INFINITY;
    boolean linear = true;
    for (Object point : points) {
      Map<?, ?> one = (Map<?, ?>) point;
      double each = (Double) one.get("step_s") / (Integer) one.get("latents");
      assertThat((Double) one.get("us_per_latent")).isCloseTo(each * 1e6, within(1e-6));
      linear &= each <= before * (1 + (Double) fields.get("tolerance"));
      before = each;
    }
    assertThat(fields).containsEntry("no_faster_than_linear", linear);
  }

  @Test
  void whatAProcessDiesOfIsSaid() {
    assertThatThrownBy(
            () -> Child.run(Child.likeThisOne(MemoryProbe.class.getName(), List.of("none"))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("exit code 1");
    assertThatThrownBy(() -> new MemoryBench(8, 4, 5, 1, 1, 2, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("latents (4)");
  }

  private static double number(Map<String, Object> fields, String name) {
    return (Double) fields.get(name);
  }
}
