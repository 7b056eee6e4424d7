package org.sememe.models.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.view_as_real;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.models.TokenBatch;
import org.sememe.models.blocks.ConfigJson;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;

/** Phi 3's long rotary positions against the formula, computed in double precision. */
class LongRotaryTest {
  private static final int HEAD_WIDTH = 8;
  private static final int TURNED = 4;
  private static final int ORIGINAL = 16;
  private static final int CONTEXT = 64;
  private static final double BASE = 100;
  private static final double[] SHORT = {1, 1.5};
  private static final double[] LONG = {2, 5};

  @TempDir Path folder;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  @Test
  void shortRunsTurnByTheShortFactorsAndLongOnesByTheLong() throws IOException {
    double magnitude = Math.sqrt(1 + Math.log((double) CONTEXT / ORIGINAL) / Math.log(ORIGINAL));
    try (RotaryTable table = new RotaryTable(read("[1, 1.5]"), CONTEXT)) {
      check(table, ORIGINAL, 0, SHORT, magnitude);
      check(table, ORIGINAL + 1, 0, LONG, magnitude);
      check(table, 3, ORIGINAL, SHORT, magnitude);
      check(table, 3, ORIGINAL + 1, LONG, magnitude);
    }
  }

  private static void check(
      RotaryTable table, int length, int capacity, double[] factors, double magnitude) {
    try (PointerScope scope = new PointerScope()) {
      float[] turns =
          TensorMemory.floats(view_as_real(table.turns(TokenBatch.of(new int[length]), capacity)));
      assertThat(turns).hasSize(length * HEAD_WIDTH);
      for (int position = 0; position < length; position++) {
        for (int pair = 0; pair < HEAD_WIDTH / 2; pair++) {
          boolean turned = pair < TURNED / 2;
          double angle =
              turned ? position * Math.pow(BASE, -2.0 * pair / TURNED) / factors[pair] : 0;
          double size = turned ? magnitude : 1;
          int at = position * HEAD_WIDTH + 2 * pair;
          assertThat((double) turns[at]).isCloseTo(size * Math.cos(angle), within(1e-5));
          assertThat((double) turns[at + 1]).isCloseTo(size * Math.sin(angle), within(1e-5));
        }
      }
    }
  }

  @Test
  void factorsThatDoNotFitAreRefused() {
    for (String factors : new String[] {"[1]", "[1, 0]", "[1, \"x\"]", "7"}) {
      assertThatThrownBy(() -> read(factors))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("short_factor");
    }
  }

  private Rotary read(String shortFactors) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("config.json"),
            """
            {"max_position_embeddings": %d, "original_max_position_embeddings": %d,
             "rope_theta": %s, "partial_rotary_factor": %s,
             "rope_scaling": {"type": "longrope", "short_factor": %s, "long_factor": [2, 5]}}
            """
                .formatted(CONTEXT, ORIGINAL, BASE, (double) TURNED / HEAD_WIDTH, shortFactors));
    return new RotaryJson(ConfigJson.read(file), HEAD_WIDTH, 10_000, 1).of(RotaryJson.FULL);
  }
}
