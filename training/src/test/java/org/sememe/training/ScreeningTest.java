package org.sememe.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sememe.tensors.Int8Product;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;

/** Steps whose latents are screened against exact ones, and what happens to a screen that fails. */
class ScreeningTest {
  private static final long SEED = 77;
  private static final int BATCH = 300;
  private static final int WIDTH = 48;
  private static final int STEPS = 30;

  @BeforeAll
  static void start() {
    Torch.start(2);
    assumeThat(Int8Product.onThisMachine()).as("int8 products on this machine").isPresent();
    System.out.println("ScreeningTest: seed " + SEED);
  }

  private static TrainOptions options(String screening, String architecture) {
    return TrainOptions.of(1_500, 8, 1_000L * BATCH)
        .with("batch", Integer.toString(BATCH))
        .with("lr", "0.002")
        .with("architecture", architecture)
        .with("screening", screening);
  }

  private record Run(List<StepFigures> figures, List<float[]> tensors) {}

  private static Run run(TrainOptions options, int threads, float outlier) {
    try (Arena arena = Arena.ofShared();
        TrainState state = TrainState.initial(options, WIDTH);
        TrainStep step = new TrainStep(state, options, options.plan(WIDTH), threads)) {
      MemorySegment encoder = state.memory(TrainState.W_ENC);
      for (int latent = 0; outlier > 0 && latent < state.latents(); latent++) {
        encoder.setAtIndex(ValueLayout.JAVA_FLOAT, (long) latent * WIDTH, 0);
      }
      MemorySegment x = arena.allocate(ValueLayout.JAVA_FLOAT, (long) BATCH * WIDTH);
      SeededRows rows = new SeededRows(SEED, WIDTH);
      List<StepFigures> figures = new ArrayList<>();
      for (int n = 0; n < STEPS; n++) {
        rows.next(x);
        for (int row = 0; outlier > 0 && row < BATCH; row++) {
          x.setAtIndex(ValueLayout.JAVA_FLOAT, (long) row * WIDTH, outlier);
        }
        figures.add(step.step(x));
      }
      return new Run(figures, state.tensors().values().stream().map(TensorMemory::floats).toList());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"topk", "batchtopk"})
  void screenedStepsLearnAsExactOnesDo(String architecture) {
    Run exact = run(options("off", architecture), 2, 0);
    Run screened = run(options("int8", architecture), 2, 0);
    assertThat(exact.figures.getLast().screen()).isEmpty();
    ScreenFigures screen = screened.figures.getLast().screen().orElseThrow();
    assertThat(screen.recall()).isGreaterThanOrEqualTo(Selector.LEAST_RECALL);
    assertThat(screen.sampleRows()).isEqualTo(256);
    assertThat(screen.candidates()).isBetween(8.0, 4 * 8.0);
    double fvu = exact.figures.getLast().fvu();
    assertThat(fvu).isLessThan(0.9 * exact.figures.getFirst().fvu());
    assertThat(screened.figures.getLast().fvu()).isCloseTo(fvu, within(0.005 * fvu));
  }

  @ParameterizedTest
  @ValueSource(strings = {"topk", "batchtopk"})
  void theSameSeedGivesTheSameBytesForAnyNumberOfWorkers(String architecture) {
    List<float[]> one = run(options("int8", architecture), 1, 0).tensors;
    assertThat(run(options("int8", architecture), 3, 0).tensors)
        .usingRecursiveComparison()
        .isEqualTo(one);
  }

  /** One coordinate so large that in int8 nothing is left of the others, on which all depends. */
  @ParameterizedTest
  @ValueSource(strings = {"topk", "batchtopk"})
  void aScreenThatMissesTooMuchIsGivenUp(String architecture) {
    Run run = run(options("int8", architecture), 2, 1e6f);
    ScreenFigures first = run.figures.getFirst().screen().orElseThrow();
    assertThat(first.recall()).isLessThan(Selector.LEAST_RECALL);
    assertThat(run.figures.subList(1, STEPS)).allMatch(figures -> figures.screen().isEmpty());
  }

  @Test
  void smallDictionariesAreNotScreenedByThemselves() {
    assertThat(options("auto", "topk").plan(WIDTH).screened()).isFalse();
    assertThat(TrainOptions.of(9_216, 32, 1).plan(576).screened()).isTrue();
    assertThat(TrainOptions.of(9_216, 256, 1).plan(576).screened()).isFalse();
  }
}
