package org.sememe.app.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.sememe.sae.Sae;
import org.sememe.tensors.Torch;
import org.sememe.training.BatchSource;

/** The report is what scripts read, and its figures fit together. */
class EncodeBenchTest {
  private static final int WIDTH = 40;
  private static final int LATENTS = 300;
  private static final int K = 6;
  private static final int ROWS = 30;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  @Test
  void theReportHasItsFieldsAndTheyFitTogether() {
    AtomicInteger rounds = new AtomicInteger();
    Map<String, Object> fields;
    try (Sae sae = EncodeInputs.randomDictionary(WIDTH, LATENTS, K)) {
      EncodeInputs inputs = EncodeInputs.synthetic(sae, EncodeInputs.RANDOM);
      try (BatchSource source = inputs.source()) {
        fields = new EncodeBench(ROWS, 2, 3, 1).run(inputs, rounds::set);
      }
    }
    assertThat(rounds).hasValue(5);
    assertThat(fields)
        .containsEntry("dictionary", EncodeInputs.RANDOM)
        .containsEntry("rows", SyntheticRows.WHAT)
        .containsEntry(
            "shape", Map.of("d", WIDTH, "latents", LATENTS, "k", K, "architecture", "topk"))
        .containsEntry("weight_mb", WIDTH * LATENTS * 4 / 1e6)
        .containsEntry("timed_tokens", 3 * 64)
        .containsEntry("active_latents", (double) K)
        .containsEntry("batch_rows", ROWS)
        .containsEntry("threads", 2)
        .containsEntry("repetitions", 3)
        .containsKey("cpu");
    for (String positive :
        new String[] {
          "bandwidth_gb_per_s",
          "bandwidth_far_gb_per_s",
          "bound_us",
          "bound_far_us",
          "token_us",
          "token_far_us",
          "row_of_batch_encoder_us",
          "concurrent_tokens_per_s",
          "batch_s",
          "batch_gemm_s"
        }) {
      assertThat(number(fields, positive)).as(positive).isPositive();
    }
    assertThat(number(fields, "bandwidth_buffer_mb")).isBetween(0.048, 0.05);
    assertThat(number(fields, "bandwidth_far_buffer_mb")).isBetween(1.0, 1.01);
    requireProduct(fields, "weight_mb", "bandwidth_gb_per_s", "bound_us");
    requireProduct(fields, "weight_mb", "bandwidth_far_gb_per_s", "bound_far_us");
    requireDifference(fields, "over_bound_us", "token_us", "bound_us");
    requireDifference(fields, "over_bound_far_us", "token_far_us", "bound_far_us");
    assertThat(number(fields, "token_p99_us")).isGreaterThanOrEqualTo(number(fields, "token_us"));
    assertThat(number(fields, "computed_latents")).isBetween((double) K, (double) LATENTS);
    assertThat(number(fields, "allocated_bytes_per_call")).isNotNegative();
    assertThat(number(fields, "batch_tokens_per_s") * number(fields, "batch_s"))
        .isCloseTo(ROWS, within(1e-9));
    assertThat(number(fields, "batch_share_of_gemm") * number(fields, "batch_s"))
        .isCloseTo(number(fields, "batch_gemm_s"), within(1e-12));
  }

  /** Megabytes over gigabytes a second are thousandths of a second. */
  private static void requireProduct(
      Map<String, Object> fields, String megabytes, String bandwidth, String micros) {
    assertThat(number(fields, bandwidth) * number(fields, micros) / 1e3)
        .as(micros)
        .isCloseTo(number(fields, megabytes), within(1e-9));
  }

  private static void requireDifference(
      Map<String, Object> fields, String difference, String from, String minus) {
    assertThat(number(fields, difference))
        .as(difference)
        .isEqualTo(number(fields, from) - number(fields, minus));
  }

  private static double number(Map<String, Object> fields, String name) {
    return ((Number) fields.get(name)).doubleValue();
  }

  @Test
  void rowsAreScaledToWhatTheDictionaryTakes() {
    try (Sae sae = EncodeInputs.randomDictionary(WIDTH, LATENTS, K);
        BatchSource source = EncodeInputs.synthetic(sae, "").source()) {
      EncodeInputs none = new EncodeInputs(sae, "", source, "zeros", 0);
      assertThat(new EncodeBench(ROWS, 1, 1, 1).run(none, _ -> {}))
          .as("no latent is active on zeros")
          .containsEntry("active_latents", 0.0);
    }
  }

  @Test
  void nothingToMeasureIsRefused() {
    assertThatThrownBy(() -> new EncodeBench(0, 1, 1, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new EncodeBench(1, 1, 0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("rows and repetitions must be at least 1");
  }
}
