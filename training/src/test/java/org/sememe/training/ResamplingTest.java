package org.sememe.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Scalar;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.sae.fold.FittedInput;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;

class ResamplingTest {
  private static final Provenance PROVENANCE =
      new Provenance("h", "tiny", "00", "rows", "11", Map.of());

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  @Test
  void itIsDueSoManyTimesAndTheRateRisesAfterEach() {
    ResampleSchedule schedule = new ResampleSchedule(10, 2, 4, 0.2);
    assertThat(LongStream.range(0, 60).filter(schedule::due).toArray()).containsExactly(10, 20);
    assertThat(LongStream.range(8, 15).mapToDouble(schedule::factor).toArray())
        .containsExactly(new double[] {1, 1, 0.4, 0.6, 0.8, 1, 1}, within(1e-12));
    assertThat(schedule.factor(20)).isCloseTo(0.4, within(1e-12));
    assertThat(schedule.factor(30)).isEqualTo(1);
  }

  /**
   * Deaf latents, so that a row's loss is its squared norm: 1 for half of them, 2 for the others.
   */
  @Test
  void rowsAreDrawnByTheSquaresOfTheirLosses() throws IOException {
    TrainOptions options =
        TrainOptions.of(2, 1, 1_000)
            .with(
                Map.of(
                    "architecture",
                    "relu",
                    "resample-every",
                    "1",
                    "resample-rows",
                    "20",
                    "batch",
                    "8"));
    int draws = 400;
    int large = 0;
    try (TrainState state = TrainState.zeros(options, 2);
        FixedRows rows = new FixedRows()) {
      TrainingRun run = TrainingRun.create(folder.resolve("run"), PROVENANCE);
      Resampler resampler = new Resampler(run, options, state, 100);
      float[] living = {0, 3};
      for (int draw = 0; draw < draws; draw++) {
        state.sinceFired().setAtIndex(ValueLayout.JAVA_LONG, 0, 100);
        state.step(draw);
        state.tensor(TrainState.W_ENC).fill_(new Scalar(0.0));
        state.tensor(TrainState.W_DEC).fill_(new Scalar(0.0));
        MemorySegment.copy(
            MemorySegment.ofArray(living),
            0,
            state.memory(TrainState.W_ENC),
            2 * Float.BYTES,
            2 * Float.BYTES);
        state.tensor(TrainState.B_ENC).fill_(new Scalar(-9.0));
        assertThat(resampler.resample(rows, FittedInput.none())).isEqualTo(1);
        assertThat(rows.position()).isEqualTo(7);
        float[] decoder = TensorMemory.floats(state.tensor(TrainState.W_DEC));
        float[] encoder = TensorMemory.floats(state.tensor(TrainState.W_ENC));
        int axis = decoder[1] > 0.5 ? 1 : 0;
        assertThat(decoder[axis]).isCloseTo(1, within(1e-6f));
        assertThat(encoder[axis]).isCloseTo(0.2f * 3, within(1e-6f));
        assertThat(encoder[1 - axis]).isZero();
        assertThat(encoder[3]).isEqualTo(3);
        assertThat(TensorMemory.floats(state.tensor(TrainState.B_ENC))).containsExactly(0, -9);
        large += axis;
      }
    }
    assertThat((double) large / draws).isCloseTo(0.8, within(0.06));
  }

  /** Even rows are (1, 0), odd ones (0, sqrt 2). */
  private static final class FixedRows implements BatchSource {
    private long position = 7;

    @Override
    public int width() {
      return 2;
    }

    @Override
    public boolean next(MemorySegment rows) {
      rows.fill((byte) 0);
      for (long row = 0; row < rows.byteSize() / Float.BYTES / 2; row++) {
        long axis = row % 2;
        float value = axis == 0 ? 1 : (float) Math.sqrt(2);
        rows.setAtIndex(ValueLayout.JAVA_FLOAT, 2 * row + axis, value);
        position++;
      }
      return true;
    }

    @Override
    public long position() {
      return position;
    }

    @Override
    public void seek(long wanted) {
      position = wanted;
    }

    @Override
    public void close() {}
  }

  @Test
  void whatGotANewStartFiresAgainAndTheRunSaysHowMuchDid() throws IOException {
    List<Long> dead = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    TrainListener listener =
        new TrainListener() {
          @Override
          public void step(TrainProgress progress) {
            dead.add(progress.dead());
          }

          @Override
          public void note(String message) {
            if (!message.startsWith("warning: ")) {
              notes.add(message);
            }
          }
        };
    TrainingRun run = TrainingRun.create(folder.resolve("whole"), PROVENANCE);
    TrainOptions options = TrainedProcess.resampled("relu");
    try (BatchSource rows = TrainedProcess.source()) {
      Trainer.train(run, rows, options, listener, () -> false);
    }
    assertThat(notes).hasSize(5);
    for (int i = 0; i < notes.size(); i++) {
      int step = 30 * (i + 1);
      long before = dead.get(step - 1);
      assertThat(before).isPositive();
      assertThat(notes.get(i)).isEqualTo("step %d: %d dead latents got a new start", step, before);
      assertThat(dead.get(step)).as("dead after step %d: %s", step + 1, notes).isLessThan(before);
    }
  }

  @Test
  void selectedLatentsHaveAuxKInstead() {
    assertThatThrownBy(() -> TrainedProcess.options().with("resample-every", "10"))
        .hasMessageContaining("resample-every")
        .hasMessageContaining("topk");
    assertThatThrownBy(
            () ->
                TrainedProcess.options()
                    .with(Map.of("architecture", "relu", "penalty", "l1", "p-end", "0.5")))
        .hasMessageContaining("p-end")
        .hasMessageContaining("power-sum");
  }
}
