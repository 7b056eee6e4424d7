package org.sememe.diffusion.student;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.sememe.diffusion.conditions.ClassLabels;
import org.sememe.diffusion.distillation.ConvolutionHead;
import org.sememe.diffusion.distillation.DistillationStep;
import org.sememe.diffusion.pictures.PictureSet;
import org.sememe.diffusion.testing.Halves;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.Torch;

/** What a step sees. */
class DistillationBatchesTest {
  private static final int BATCH = 32;
  private static final int TOGETHER = 4;
  private static final PictureSet PICTURES = Halves.pictures(32);
  private static final int TIMESTEPS = 1000;
  private static final int STEPS = 200;

  @BeforeAll
  static void start() {
    Torch.start(1);
  }

  private static DistillationPlan plan(DistillationPlan.Starts starts) {
    return new DistillationPlan(
        1,
        BATCH,
        DistillationStep.Constants.usual(1e-3, 1e-3),
        WeightingChoice.EXPONENTIAL,
        1,
        starts,
        new DistillationPlan.Heads(
            4,
            true,
            true,
            false,
            false,
            new ConvolutionHead.Norms(false, TOGETHER),
            new LogitNormal(1, 1)),
        true,
        0.5,
        0);
  }

  /** Timesteps in their shares, and what a head's batch norm sees together alike. */
  @Test
  void picturesThatAreSeenTogetherAreAlike() {
    ClassLabels condition = new ClassLabels(PICTURES);
    DistillationBatches batches =
        new DistillationBatches(
            plan(new DistillationPlan.Starts(0.25, 20)),
            PICTURES,
            condition,
            condition.alike(),
            TIMESTEPS);
    Map<Integer, Integer> times = new TreeMap<>();
    for (int step = 1; step <= 20 + STEPS; step++) {
      try (PointerScope scope = new PointerScope()) {
        DistillationStep.Batch batch = batches.of(step, RandomStream.of(step));
        for (int i = 0; i < BATCH; i++) {
          int first = i - i % TOGETHER;
          int time = batch.studentTimesteps()[i];
          assertThat(time).isEqualTo(batch.studentTimesteps()[first]);
          assertThat(batch.labels()[i]).isEqualTo(batch.labels()[first]);
          assertThat(batch.teacherTimesteps()[i]).isBetween(0, TIMESTEPS - 1);
          if (step <= 20) {
            assertThat(time).as("warm-up").isIn(249, 499);
          } else {
            times.merge(time, 1, Integer::sum);
          }
        }
      }
    }
    assertThat(times.keySet()).containsExactly(249, 499, 749, 999);
    assertThat(times.values())
        .allSatisfy(n -> assertThat(n / (double) (STEPS * BATCH)).isCloseTo(0.25, within(0.05)));
  }
}
