package org.sememe.app.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.sememe.diffusion.teacher.TeacherPlan;

/** What the benchmark of diffusion models counts. */
class DiffusionBenchTest {
  private static final int BATCH = 2;
  private static final int SIDE = 8;

  private static TeacherPlan plan() {
    return new TeacherPlan(List.of(4, 8), 1, 1, 100, BATCH, 1e-3, 0.9, 0.1, 0);
  }

  /** Operations of a convolution a picture, forward. */
  private static double forward(int in, int out, int side) {
    return 2.0 * 9 * in * out * side * side;
  }

  @Test
  void everyConvolutionIsCountedOnce() throws IOException {
    List<Integer> rounds = new ArrayList<>();
    Map<String, Object> fields = new DiffusionBench(plan(), SIDE, 1).run(1, rounds::add);
    // Two levels with a block going down, two in the middle, and two a level going up.
    double inner =
        forward(4, 4, 8) * 2 // down 0
            + forward(4, 4, 4) // its halving
            + forward(4, 8, 4)
            + forward(8, 8, 4) // down 1
            + forward(8, 8, 4) * 4 // the middle
            + forward(16, 8, 4)
            + forward(8, 8, 4) // up 0: what is below beside what was kept
            + forward(12, 8, 4)
            + forward(8, 8, 4)
            + forward(8, 8, 8) // its doubling
            + forward(12, 4, 8)
            + forward(4, 4, 8) // up 1
            + forward(8, 4, 8)
            + forward(4, 4, 8)
            + forward(4, 1, 8); // the last
    double all = BATCH * (3 * inner + 2 * forward(1, 4, 8));
    assertThat((double) fields.get("convolution_gflop")).isCloseTo(all / 1e9, within(1e-12));
    assertThat(fields).containsEntry("convolutions", 20);
    assertThat(rounds).containsExactly(1, 2, 3, 4);
    double share = (double) fields.get("convolutions_over_step");
    assertThat((double) fields.get("convolutions_gflops") * share)
        .isCloseTo((double) fields.get("step_gflops"), within(1e-9));
    assertThat((double) fields.get("libtorch_gflops")).isPositive();
  }

  @Test
  void whatCannotBeMeasuredIsRefused() {
    assertThatThrownBy(() -> new DiffusionBench(plan(), SIDE, 0))
        .hasMessageContaining("at least 1");
  }
}
