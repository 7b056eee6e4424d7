package org.sememe.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.sememe.tensors.Torch;

/** AuxK over some of the batch's rows against AuxK over all. */
class AuxiliaryRowsTest {
  private static final long SEED = 78;
  private static final int BATCH = 256;
  private static final int WIDTH = 32;
  private static final int LATENTS = 400;

  @BeforeAll
  static void start() {
    Torch.start(2);
    System.out.println("AuxiliaryRowsTest: seed " + SEED);
  }

  private static TrainOptions options(String auxRows) {
    return TrainOptions.of(LATENTS, 4, 1_000L * BATCH)
        .with("batch", Integer.toString(BATCH))
        .with("dead-tokens", "1")
        .with("lr", "1e-9") // the weights stay: every step estimates the same loss
        .with("aux-rows", auxRows);
  }

  private static double meanAuxLoss(String auxRows, int steps) {
    TrainOptions options = options(auxRows);
    try (Arena arena = Arena.ofShared();
        TrainState state = TrainState.initial(options, WIDTH);
        TrainStep step = new TrainStep(state, options, options.plan(WIDTH), 2)) {
      killHalf(state);
      MemorySegment x = arena.allocate(ValueLayout.JAVA_FLOAT, (long) BATCH * WIDTH);
      SeededRows rows = new SeededRows(SEED, WIDTH);
      rows.next(x);
      double sum = 0;
      for (int n = 0; n < steps; n++) {
        sum += step.step(x).auxLoss();
      }
      return sum / steps;
    }
  }

  private static void killHalf(TrainState state) {
    try (PointerScope scope = new PointerScope()) {
      state.tensor(TrainState.B_ENC).narrow(0, 0, LATENTS / 2).sub_(new Scalar(1.5));
    }
  }

  @Test
  void theMeanOverManyStepsIsTheWholeBatchs() {
    double whole = meanAuxLoss("256", 1);
    double estimated = meanAuxLoss("auto", 200);
    assertThat(whole).isPositive();
    assertThat(estimated).isCloseTo(whole, within(0.02 * whole));
    assertThat(meanAuxLoss("auto", 1)).isNotEqualTo(whole);
  }
}
