package org.sememe.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ScheduleTest {
  @Test
  void aCosineFallsToNothingBetweenWarmUpAndDecay() {
    Schedule cosine = new Schedule(110, 10, 0, Schedule.Between.COSINE);
    assertThat(cosine.factor(0)).isZero();
    assertThat(cosine.factor(5)).isEqualTo(0.5);
    assertThat(cosine.factor(10)).isEqualTo(1);
    assertThat(cosine.factor(35)).isCloseTo((1 + Math.sqrt(0.5)) / 2, within(1e-12));
    assertThat(cosine.factor(60)).isCloseTo(0.5, within(1e-12));
    assertThat(cosine.factor(110)).isCloseTo(0, within(1e-12));
    Schedule constant = new Schedule(110, 10, 20);
    assertThat(constant.factor(60)).isEqualTo(1);
    assertThat(constant.factor(100)).isEqualTo(0.5);
  }

  @Test
  void anOptionChoosesIt() {
    TrainOptions options =
        TrainOptions.of(64, 4, 100_000).with(Map.of("lr-course", "cosine", "batch", "1000"));
    Schedule schedule = options.plan(16).schedule();
    assertThat(schedule).isEqualTo(new Schedule(100, 5, 0, Schedule.Between.COSINE));
    assertThat(options.toMap()).containsEntry("lr-course", "cosine");
    assertThatThrownBy(() -> options.with("lr-course", "steps"))
        .hasMessage("lr-course=steps: not one of constant, cosine");
    assertThatThrownBy(() -> options.with("error", "error-variance"))
        .hasMessageContaining("error must be rows, values or target-variance");
  }
}
