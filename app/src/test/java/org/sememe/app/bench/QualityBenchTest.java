package org.sememe.app.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.activations.ActivationStore;
import org.sememe.analysis.evaluation.Evaluation;
import org.sememe.analysis.evaluation.EvaluationListener;
import org.sememe.analysis.evaluation.EvaluationOptions;
import org.sememe.models.LanguageModel;
import org.sememe.models.Models;
import org.sememe.models.testing.TinyModel;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeFiles;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.TensorAssertions;
import org.sememe.training.BatchSource;
import org.sememe.training.NonFinite;
import org.sememe.training.Provenance;
import org.sememe.training.StartingPoint;
import org.sememe.training.StoreBatches;
import org.sememe.training.TrainOptions;
import org.sememe.training.Trainer;
import org.sememe.training.TrainingRun;

/** Both contenders learn the same thing, and the clock reads what the curve says. */
class QualityBenchTest {
  private static final String HOOK = TinyStore.HOOK;
  private static final long EVAL_ROWS = 600;

  @TempDir private static Path folder;
  private static Path store;

  @BeforeAll
  static void harvest() throws IOException {
    Torch.start(2);
    try (LanguageModel model = Models.open(TinyModel.write(folder.resolve("model"), 3))) {
      store = TinyStore.harvest(model, folder.resolve("store"));
    }
  }

  /** Latents die soon, so that AuxK has work. */
  private static TrainOptions options() {
    return TrainOptions.of(96, 4, 128 * 60)
        .with("batch", "128")
        .with("lr", "2e-3")
        .with("sample-rows", "512")
        .with("dead-tokens", "256")
        .with("aux-k", "8")
        .with("aux-rows", "128"); // the dense step takes all
  }

  private static QualityReport run(double target, boolean rival, boolean stop) throws IOException {
    try (ActivationStore opened = ActivationStore.open(store)) {
      return new QualityBench(options(), 2, target, EVAL_ROWS, 7, rival, stop)
          .run(opened, HOOK, (step, fve) -> {});
    }
  }

  @Test
  void bothCurvesAreOfTheSameTraining() throws IOException {
    QualityReport report = run(0.999999, true, true);

    List<QualityPoint> ours = report.sememe().points();
    List<QualityPoint> dense = report.dense().orElseThrow().points();
    assertThat(ours).extracting(QualityPoint::step).startsWith(0L, 7L).endsWith(56L, 60L);
    assertThat(dense).hasSameSizeAs(ours);
    assertThat(dense.getFirst().fve()).isEqualTo(ours.getFirst().fve());
    assertThat(ours.getLast().fve()).isGreaterThan(ours.getFirst().fve() + 0.1);
    for (int i = 0; i < ours.size(); i++) {
      assertThat(dense.get(i).step()).isEqualTo(ours.get(i).step());
      assertThat(dense.get(i).fve()).isCloseTo(ours.get(i).fve(), within(5e-3));
      assertThat(ours.get(i).rows()).isEqualTo(128 * ours.get(i).step());
      assertThat(ours.get(i).n()).isEqualTo(EVAL_ROWS);
    }
    for (List<QualityPoint> curve : List.of(ours, dense)) {
      assertThat(curve.getFirst().seconds()).isZero();
      assertThat(curve).extracting(QualityPoint::seconds).isSorted().doesNotHaveDuplicates();
    }
    assertThat(report.speedupToTarget()).isEmpty();
    assertThat(report.fields()).containsEntry("speedup_to_target", null);
    assertThat((Double) report.fields().get("largest_fve_gap")).isLessThan(5e-3);
    assertThat(report.csv()).hasSize(1 + ours.size() + dense.size());
  }

  @Test
  void ourCurveEndsWhereTheTrainerDoes() throws IOException {
    QualityReport report = run(0.999999, false, true);
    TrainingRun run =
        TrainingRun.create(
            folder.resolve("run"), new Provenance(HOOK, "tiny", "", "text", "", Map.of()));
    try (ActivationStore opened = ActivationStore.open(store);
        BatchSource rows = new StoreBatches(opened, HOOK, 0, NonFinite.SKIP)) {
      Trainer.train(run, rows, options(), progress -> {}, () -> false);
      try (Sae trained = SaeFiles.load(run.dictionary())) {
        double fve =
            Evaluation.evaluate(
                    trained,
                    opened,
                    Optional.empty(),
                    EvaluationOptions.defaults().withRows(EVAL_ROWS),
                    EvaluationListener.none())
                .reconstruction()
                .fve();
        assertThat(report.sememe().last().fve()).isCloseTo(fve, within(1e-9));
      }
    }
    assertThat(report.dense()).isEmpty();
    assertThat(report.fields()).doesNotContainKeys("dense", "speedup_to_target");
  }

  @Test
  void theDenseRunStopsAtTheTarget() throws IOException {
    QualityReport whole = run(0.999999, true, true);
    List<QualityPoint> ours = whole.sememe().points();
    double target = (ours.get(2).fve() + ours.get(3).fve()) / 2; // lies between two measurements
    int first = 0;
    while (ours.get(first).fve() < target) {
      first++;
    }

    QualityReport stopped = run(target, true, true);
    QualityReport gone = run(target, true, false);

    assertThat(stopped.dense().orElseThrow().last().step()).isEqualTo(ours.get(first).step());
    assertThat(stopped.sememe().last().step()).isEqualTo(60);
    assertThat(gone.dense().orElseThrow().last().step()).isEqualTo(60);
    double expected =
        stopped.dense().orElseThrow().points().get(first).seconds()
            / stopped.sememe().points().get(first).seconds();
    assertThat(stopped.speedupToTarget().orElseThrow()).isCloseTo(expected, within(1e-9));
    assertThat(stopped.fields()).containsEntry("target_fve", target);
    assertThat(stopped.fields())
        .extractingByKey("dense", InstanceOfAssertFactories.map(String.class, Object.class))
        .containsEntry("stopped_at_target", true);
    assertThat(stopped.table().getLast()).contains("speed-up").doesNotContain("- ");
  }

  @Test
  void theStepsAreComparedAfterTheFirstSpan() throws IOException {
    QualityReport run = run(0.5, true, true);
    QualityReport made =
        new QualityReport(
            run.bench(),
            run.store(),
            run.hook(),
            run.plan(),
            curve(0, 9, 10, 11, 12, 13),
            Optional.of(curve(0, 9, 15, 22, 28)));

    assertThat((Double) made.fields().get("dense_over_step")).isEqualTo(6); // of 6, 7, 6
  }

  private static QualityCurve curve(double... seconds) {
    List<QualityPoint> points = new ArrayList<>();
    for (double at : seconds) {
      points.add(new QualityPoint(points.size(), 128L * points.size(), at, 0.1, EVAL_ROWS));
    }
    return new QualityCurve(points);
  }

  @Test
  void auxKOfTheDenseStepIsOurs() throws IOException {
    try (ActivationStore opened = ActivationStore.open(store);
        Arena arena = Arena.ofShared();
        BatchSource rows = new StoreBatches(opened, HOOK, 0, NonFinite.SKIP);
        SparseStep own = new SparseStep(options(), rows.width(), 2);
        DenseAuxK auxiliary = new DenseAuxK(options(), options().plan(rows.width()))) {
      StartingPoint start = StartingPoint.estimate(rows, options());
      start.applyTo(own.state());
      try (RivalStep dense =
          new RivalStep(
              new DenseAutograd(Optional.of(auxiliary)), options(), rows.width(), own.state())) {
        MemorySegment x = arena.allocate(ValueLayout.JAVA_FLOAT, 128L * rows.width());
        for (int step = 0; step < 6; step++) {
          rows.next(x);
          start.scale(x);
          own.step(x);
          dense.step(x);
        }
        assertThat(own.figures().getLast().dead()).isPositive();
        assertThat(own.figures().getLast().auxLoss()).isPositive();
        Map<String, Tensor> ours = own.state().tensors();
        dense
            .weights()
            .tensors()
            .forEach(
                (name, theirs) ->
                    TensorAssertions.assertClose(
                        name, ours.get(name), theirs, name.startsWith("b_") ? 2e-2 : 2e-4));
      }
    }
  }

  @Test
  void aTargetOutsideItsRangeIsRefused() {
    assertThatThrownBy(() -> new QualityBench(options(), 2, 1.2, 100, 1, true, true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1.2");
    assertThatThrownBy(() -> new QualityBench(options(), 2, 0.5, 100, 0, true, true))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
