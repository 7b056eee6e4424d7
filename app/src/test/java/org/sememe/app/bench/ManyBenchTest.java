package org.sememe.app.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.models.LanguageModel;
import org.sememe.models.Models;
import org.sememe.models.testing.SeededText;
import org.sememe.models.testing.TinyModel;
import org.sememe.tensors.Torch;
import org.sememe.training.TrainOptions;

/** The report is what scripts read, and its shares are those of its seconds. */
class ManyBenchTest {
  private static final List<String> HOOKS =
      List.of("blocks.0.hook_mlp_out", "blocks.2.hook_mlp_out");

  @TempDir private static Path folder;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  private static ManyBench bench(int batch) {
    TrainOptions options = TrainOptions.of(48, 4, 1000).with("batch", Integer.toString(batch));
    return new ManyBench(HOOKS, options, 60, 16, 4, 2, 1);
  }

  @Test
  void theReportHasItsFieldsAndTheyAgree() throws IOException {
    try (LanguageModel model = Models.open(TinyModel.write(folder.resolve("tiny"), 4))) {
      Map<String, Object> fields = bench(100).run(model, new SeededText(3, 200, 80), round -> {});
      assertThat(fields)
          .containsEntry("hooks", HOOKS)
          .containsEntry("harvested_tokens", 960L)
          .containsEntry("trained_tokens", 800L)
          .containsEntry("rounds", 1);
      double parts = number(fields, "harvest_s") + number(fields, "steps_s");
      assertThat(number(fields, "together_over_parts"))
          .isCloseTo(number(fields, "together_s") / parts, within(1e-9));
      assertThat(number(fields, "measured_alone_over_together"))
          .isCloseTo(
              number(fields, "measured_alone_s") / number(fields, "measured_together_s"),
              within(1e-9));
      assertThat(number(fields, "steps_s")).isPositive();
    }
  }

  @Test
  void aBatchThatThePoolDoesNotFillIsRefused() {
    assertThatThrownBy(() -> bench(1000))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("60 contexts of 16 tokens do not fill a batch of 1000");
  }

  private static double number(Map<String, Object> fields, String name) {
    return (Double) fields.get(name);
  }
}
