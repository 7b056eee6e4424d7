package org.sememe.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sememe.sae.Encoder;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeFiles;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.training.ranks.Mesh;

/** The step of any design beside the fused one, and what only it can do. */
class DesignStepTest {
  private static final Provenance PROVENANCE =
      new Provenance("blocks.0.hook_resid_post", "tiny", "00", "rows", "11", Map.of());
  private static final int WIDTH = 24;
  private static final int BATCH = 128;
  private static final int STEPS = 5;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  private static TrainOptions options(String changes) {
    Map<String, String> given = new LinkedHashMap<>();
    given.put("batch", Integer.toString(BATCH));
    given.put("lr", "0.003");
    given.put("aux-rows", Integer.toString(BATCH));
    given.put("dead-tokens", "200");
    given.put("warmup-steps", "0");
    given.put("threshold-start", "1");
    for (String change : changes.split(" ")) {
      given.put(
          change.substring(0, change.indexOf('=')), change.substring(change.indexOf('=') + 1));
    }
    return TrainOptions.of(96, 6, 200L * BATCH).with(given);
  }

  /** Both steps take the same path: the loss, every weight, every count. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "architecture=topk",
        "architecture=topk clip=0.05",
        "architecture=topk multi-top-k=1/8 aux-alpha=0",
        "architecture=topk matryoshka=1/4,1/4,1/2 centring=none",
        "architecture=batchtopk k=4",
        "architecture=batchtopk matryoshka=1/8,3/8,1/2",
        "architecture=relu decoder-norm=free decoder-scale=0.7",
        "architecture=relu penalty=power-sum:0.7 decoder-norm=at-most-one decoder-scale=0.99",
        "architecture=relu penalty=p-norm:1 p-end=0.3 p-first=1 p-last=4 p-updates=4",
        "architecture=gated penalty=power-sum:1 p-end=0.5 p-first=0 p-last=3 p-updates=3",
        "architecture=gated penalty=l1",
        "architecture=gated penalty=tanh:4 decoder-norm=free centring=none",
        "architecture=jumprelu penalty=l0 penalty-weight=0.02",
        "architecture=jumprelu threshold-form=log straight-through=all penalty=target-l0:5",
        "architecture=jumprelu decoder-norm=free penalty=tanh:4 straight-through=all bandwidth=0.5"
      })
  void itDoesWhatTheFusedStepDoes(String changes) {
    TrainOptions fused = options(changes);
    assertThat(fused.fused()).isTrue();
    TrainOptions autograd = fused.with("engine", "autograd");
    assertThat(autograd.fused()).isFalse();
    TrainPlan plan = fused.plan(WIDTH);
    try (Arena arena = Arena.ofShared();
        TrainState expected = TrainState.initial(fused, WIDTH);
        TrainState actual = TrainState.initial(autograd, WIDTH);
        Step whole = Step.of(expected, fused, plan, Mesh.single(), 2, Optional.empty());
        Step graph =
            Step.of(actual, autograd, autograd.plan(WIDTH), Mesh.single(), 2, Optional.empty());
        SeededRows rows = new SeededRows(7, WIDTH)) {
      assertThat(whole).isInstanceOf(TrainStep.class);
      assertThat(graph).isInstanceOf(DesignStep.class);
      MemorySegment x = arena.allocate(ValueLayout.JAVA_FLOAT, (long) BATCH * WIDTH);
      for (int i = 0; i < STEPS; i++) {
        rows.next(x);
        compare(graph.step(x), whole.step(x));
      }
      expected.parameters().forEach((name, weight) -> compare(name, actual, weight));
      assertThat(TensorMemory.longs(actual.tensor(TrainState.SINCE_FIRED)))
          .isEqualTo(TensorMemory.longs(expected.tensor(TrainState.SINCE_FIRED)));
      DensityHistogram densities = whole.densities();
      assertThat(densities.rows()).isEqualTo((long) STEPS * BATCH);
      assertThat(graph.densities()).usingRecursiveComparison().isEqualTo(densities);
      if (fused.architecture().selects()) {
        assertThat(actual.threshold()).isCloseTo(expected.threshold(), within(1e-5));
      }
    }
  }

  private static void compare(StepFigures actual, StepFigures expected) {
    assertThat(actual.loss()).isCloseTo(expected.loss(), within(1e-4 * expected.loss()));
    assertThat(actual.squaredError())
        .isCloseTo(expected.squaredError(), within(1e-4 * expected.squaredError()));
    assertThat(actual.penalty()).isCloseTo(expected.penalty(), within(1e-4));
    assertThat(actual.auxLoss()).isCloseTo(expected.auxLoss(), within(1e-4));
    assertThat(actual.fvu()).isCloseTo(expected.fvu(), within(1e-4));
    assertThat(actual.l0()).isCloseTo(expected.l0(), within(0.02));
    assertThat(actual.dead()).isEqualTo(expected.dead());
    assertThat(actual.learningRate()).isEqualTo(expected.learningRate());
    assertThat(actual.gradientNorm())
        .isCloseTo(expected.gradientNorm(), within(1e-3 * expected.gradientNorm()));
  }

  /** Adam's first steps are signs, so that a gradient of rounding errors moves as a large one. */
  private static void compare(String name, TrainState state, Tensor expected) {
    float[] wanted = TensorMemory.floats(expected);
    float[] found = TensorMemory.floats(state.parameters().get(name));
    int off = 0;
    for (int i = 0; i < wanted.length; i++) {
      off += Math.abs(wanted[i] - found[i]) > 1e-4 ? 1 : 0;
    }
    assertThat(off).as("entries of %s that differ", name).isLessThanOrEqualTo(wanted.length / 500);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "architecture=abstopk",
        "architecture=groupmax",
        "architecture=matching-pursuit input-scale=width",
        "architecture=omp input-scale=width",
        "architecture=topk encoder=tied",
        "architecture=relu encoder=tied error=target-variance penalty-weight=0.01",
        "architecture=topk error=values",
        "architecture=batchtopk lr-course=cosine",
        "architecture=topk optimiser=signum lr=0.001",
        "architecture=relu optimiser=muon lr=0.002 weight-decay=0",
        "architecture=batchtopk k-start=20 k-steps=50%",
        "architecture=topk average=0.95",
        "architecture=topk hierarchical=all",
        "architecture=batchtopk hierarchical=2,4,6",
        "architecture=topk random-prefixes=4",
        "architecture=relu ghosts=1",
        "architecture=topk input-scale=mean-norm",
        "architecture=topk input-scale=mean-and-scale",
        "architecture=batchtopk input-scale=mean-and-scale centring=none",
        "architecture=topk input-scale=constant-norm",
        "architecture=jumprelu input-scale=layer-norm penalty-weight=0.01",
        "architecture=topk input-scale=whitening",
        "architecture=jumprelu pre-activation=1e-3 penalty=l0 penalty-weight=0.01 decoder-norm=free"
      })
  void theSavedDictionaryIsTheOneThatWasTrained(String changes) throws IOException {
    TrainOptions options = options(changes);
    TrainingRun run = TrainingRun.create(folder.resolve("run"), PROVENANCE);
    List<TrainProgress> progress = new ArrayList<>();
    try (BatchSource source = new SeededRows(7, WIDTH)) {
      TrainResult result = Trainer.train(run, source, options, progress::add, () -> false);
      assertThat(result.finished()).isTrue();
      assertThat(progress.getLast().fvu()).isLessThan(0.7 * progress.getFirst().fvu());
      double fvu = fvu(run, source);
      assertThat(fvu).as("of the saved dictionary on new rows").isLessThan(0.6);
      if (options.optimisation().average() == 0) { // else other weights are saved
        assertThat(fvu).isCloseTo(progress.getLast().fvu(), within(0.08));
      }
    }
  }

  private static double fvu(TrainingRun run, BatchSource source) throws IOException {
    int rows = 512;
    try (Arena arena = Arena.ofShared();
        PointerScope scope = new PointerScope();
        Sae sae = SaeFiles.load(run.dictionary());
        Encoder encoder = new Encoder(sae, rows)) {
      MemorySegment x = arena.allocate(ValueLayout.JAVA_FLOAT, (long) rows * WIDTH);
      MemorySegment y = arena.allocate(ValueLayout.JAVA_FLOAT, (long) rows * WIDTH);
      source.next(x);
      encoder.decode(encoder.encode(x, rows), y);
      Tensor rowsBefore = TensorMemory.tensor(x, ScalarType.Float, rows, WIDTH);
      Tensor after = TensorMemory.tensor(y, ScalarType.Float, rows, WIDTH);
      return TrainStep.squares(rowsBefore.sub(after))
          / TrainStep.squares(rowsBefore.sub(rowsBefore.mean(0)));
    }
  }

  @Test
  void kFallsAsItWasAskedTo() throws IOException {
    TrainOptions options = options("architecture=topk k-start=30 k-steps=100");
    List<Double> active = new ArrayList<>();
    try (BatchSource source = new SeededRows(7, WIDTH)) {
      Trainer.train(
          TrainingRun.create(folder.resolve("falling"), PROVENANCE),
          source,
          options,
          at -> active.add(at.l0()),
          () -> false);
    }
    assertThat(active.get(0)).isBetween(20.0, 30.0);
    assertThat(active.get(50)).isBetween(12.0, 18.0);
    assertThat(active.getLast()).isLessThanOrEqualTo(6);
  }

  @Test
  void whatTheFusedStepCannotDoIsSaid() {
    assertThatThrownBy(() -> options("engine=fused optimiser=muon"))
        .hasMessageContaining("engine must be auto or autograd with optimiser=muon");
    assertThatThrownBy(() -> options("architecture=relu hierarchical=all"))
        .hasMessageContaining("hierarchical must be none with relu");
    assertThatThrownBy(() -> options("architecture=topk hierarchical=4,2"))
        .hasMessageContaining("ascending");
    assertThatThrownBy(() -> options("architecture=topk ghosts=1"))
        .hasMessageContaining("ghosts must be 0 (off)");
    assertThatThrownBy(() -> options("architecture=groupmax k=7"))
        .hasMessageContaining("k must be a divisor of the number of latents (96)");
    assertThatThrownBy(() -> options("architecture=topk pre-activation=1"))
        .hasMessageContaining("pre-activation must be 0 (off) with topk");
  }
}
