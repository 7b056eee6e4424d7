package org.sememe.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sememe.activations.ContextRule;
import org.sememe.models.LanguageModel;
import org.sememe.models.Models;
import org.sememe.models.testing.SeededText;
import org.sememe.models.testing.TinyModel;
import org.sememe.models.testing.TinyTokenizer;
import org.sememe.sae.objective.Downstream;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.Sha256;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;

/** Dictionaries that learn from what a model makes of them. */
class EndToEndTest {
  private static final String HOOK = "blocks.1.hook_resid_post";
  private static final long SEED = 20_261_126;
  private static final ContextRule RULE = new ContextRule(16, true, 0.2, 0);
  private static final SeededText TEXT = new SeededText(3, 40, 60);

  @TempDir private static Path folder;
  private static LanguageModel model;

  @BeforeAll
  static void open() throws IOException {
    Torch.start(2);
    model = Models.open(TinyModel.write(folder.resolve("model"), 2));
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static ContextBatches source() throws IOException {
    return new ContextBatches(model, TinyTokenizer.plain(), TEXT, HOOK, RULE, NonFinite.SKIP);
  }

  private static double loss(Downstream downstream, Tensor rows) {
    return downstream.of(rows).loss();
  }

  /** The gradient along random directions, against differences of the loss. */
  @ParameterizedTest
  @EnumSource(
      value = EndToEnd.Loss.class,
      names = {"KL", "CE"})
  void thePullIsTheLossesGradient(EndToEnd.Loss kind) throws IOException {
    int rows = 70; // cuts a context
    double scale = 0.25;
    try (ContextBatches source = source();
        Arena arena = Arena.ofShared();
        PointerScope scope = new PointerScope()) {
      MemorySegment batch = arena.allocate(ValueLayout.JAVA_FLOAT, (long) rows * source.width());
      source.next(batch);
      Tensor x =
          TensorMemory.tensor(batch, ScalarType.Float, rows, source.width()).mul(new Scalar(scale));
      Downstream downstream = source.downstream(new EndToEnd(kind, 0.7, 1), scale);
      if (kind == EndToEnd.Loss.KL) { // the rows themselves change nothing
        assertThat(loss(downstream, x)).isCloseTo(0, within(1e-5));
      }
      Tensor moved = x.mul(new Scalar(0.6));
      Downstream.Pull pull = downstream.of(moved);
      assertThat(pull.loss()).isPositive();
      assertThat(TensorMemory.shape(pull.gradient())).containsExactly(rows, source.width());
      System.out.println("the pull's directions: seed " + SEED);
      RandomStream random = RandomStream.of(SEED);
      MemorySegment weights = arena.allocate(batch.byteSize());
      for (int trial = 0; trial < 5; trial++) {
        random.stream(trial).fillNormal(weights, 1);
        Tensor weighted =
            TensorMemory.tensor(weights, ScalarType.Float, rows, source.width())
                .abs()
                .mul(pull.gradient()); // uphill everywhere, so that roundings are small beside it
        Tensor direction = weighted.mul(moved.norm()).div(weighted.norm());
        double step = 2e-3;
        double ahead = loss(downstream, moved.add(direction, new Scalar(step)));
        double behind = loss(downstream, moved.sub(direction, new Scalar(step)));
        double expected = pull.gradient().mul(direction).sum().item_double();
        assertThat((ahead - behind) / (2 * step)).isCloseTo(expected, withinPercentage(2));
      }
    }
  }

  private static TrainOptions options(String loss) {
    return TrainOptions.of(64, 6, 60L * 96)
        .with(
            Map.of(
                "batch", "96",
                "lr", "0.003",
                "end-to-end", loss,
                "error-weight", "0",
                "sample-rows", "200",
                "checkpoint-every", "7",
                "aux-alpha", "0",
                "warmup-steps", "0"));
  }

  private static TrainingRun run(String name) throws IOException {
    return TrainingRun.create(
        folder.resolve(name), new Provenance(HOOK, "tiny", "00", "text", "11", Map.of()));
  }

  @Test
  void theModelLosesLessAndLess() throws IOException {
    List<Double> losses = new ArrayList<>();
    try (ContextBatches source = source()) {
      TrainResult result =
          Trainer.train(run("kl"), source, options("kl"), at -> losses.add(at.loss()), () -> false);
      assertThat(result.finished()).isTrue();
    }
    double before = mean(losses.subList(0, 5));
    double after = mean(losses.subList(losses.size() - 5, losses.size()));
    assertThat(after).as("of %s at first", before).isLessThan(0.5 * before);
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }

  @Test
  void theRecipeIsOfThisKind() throws IOException {
    TrainOptions options =
        TrainOptions.of(64, 6, 60L * 96)
            .with(Map.of("recipe", "end-to-end", "batch", "96", "sample-rows", "200"));
    List<Double> losses = new ArrayList<>();
    try (ContextBatches source = source()) {
      Trainer.train(
          run("recipe"), source, options, at -> losses.add(at.loss() - at.penalty()), () -> false);
    }
    assertThat(losses.getLast()).isLessThan(losses.getFirst());
  }

  @Test
  void aRunStoppedAgainAndAgainGivesTheSameBytes() throws IOException {
    TrainingRun whole = run("whole");
    try (ContextBatches source = source()) {
      Trainer.train(whole, source, options("ce"), at -> {}, () -> false);
    }
    TrainingRun stopped = run("stopped");
    int[] steps = {0};
    try (ContextBatches source = source()) {
      Trainer.train(stopped, source, options("ce"), at -> {}, () -> ++steps[0] % 23 == 0);
    }
    assertThat(stopped.finished()).isFalse();
    while (!stopped.finished()) {
      try (ContextBatches source = source()) {
        Trainer.resume(
            TrainingRun.open(stopped.folder()), source, at -> {}, () -> ++steps[0] % 23 == 0);
      }
    }
    assertThat(weights(stopped)).isEqualTo(weights(whole));
  }

  private static String weights(TrainingRun run) throws IOException {
    return Sha256.of(run.dictionary().resolve("sae_weights.safetensors"));
  }

  @Test
  void rowsWithoutAModelAreRefused() throws IOException {
    try (SeededRows rows = new SeededRows(1, 12)) {
      assertThatThrownBy(
              () -> Trainer.train(run("rows"), rows, options("kl"), at -> {}, () -> false))
          .hasMessageContaining("end-to-end training runs the model");
    }
  }
}
