package org.sememe.diffusion.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.diffusion.features.CaptionJudge;
import org.sememe.diffusion.features.CaptionMatch;
import org.sememe.diffusion.features.EncoderPlan;
import org.sememe.diffusion.features.EncoderTraining;
import org.sememe.diffusion.features.Labels;
import org.sememe.diffusion.features.PictureJudge;
import org.sememe.diffusion.pictures.PictureSet;
import org.sememe.diffusion.testing.Halves;
import org.sememe.tensors.Torch;

/** What is said of pictures whose faults are known. */
class PictureEvaluationTest {
  private static final PictureSet ALL = Halves.pictures(400);
  private static final PictureSet REAL = ALL.select(IntStream.range(0, 200).toArray());
  private static final PictureSet OTHER = ALL.select(IntStream.range(200, 400).toArray());

  private static PictureJudge judge;
  private static PictureEvaluation evaluation;

  @BeforeAll
  static void train(@TempDir Path folder) throws IOException {
    Torch.start(2);
    EncoderPlan plan = new EncoderPlan(List.of(4, 8), 80, 8, 5e-3, 3);
    try (EncoderTraining training =
        new EncoderTraining(folder, plan, ALL, (width, source) -> new Labels(width, 2, source))) {
      while (training.step() < plan.steps()) {
        training.next();
      }
      training.save();
    }
    judge = PictureJudge.open(folder);
    evaluation = new PictureEvaluation(judge, REAL, 5);
  }

  @AfterAll
  static void close() {
    judge.close();
  }

  @Test
  void theSamePicturesHaveNoDistance() {
    Quality same = evaluation.of(REAL);
    assertThat(same.frechet().value()).isCloseTo(0, within(1e-6));
    assertThat(same.precision()).isEqualTo(1);
    assertThat(same.recall()).isEqualTo(1);
    assertThat(same.diversity()).isEqualTo(1);
    assertThat(same.consistency().value()).isGreaterThan(0.95);
    assertThat(evaluation.of(REAL)).isEqualTo(same);
  }

  @Test
  void faultsAreSeenByTheNumbersThatAreForThem() {
    Quality floor = evaluation.of(OTHER);
    assertThat(floor.frechet().halfWidth()).isPositive();

    int[] swapped = Arrays.stream(OTHER.labels()).map(label -> 1 - label).toArray();
    Quality mislabelled =
        evaluation.of(new PictureSet(1, Halves.SIDE, Halves.SIDE, OTHER.pixels(), swapped));
    assertThat(mislabelled.consistency().value()).isLessThan(0.05);
    assertThat(mislabelled.frechet().value()).isEqualTo(floor.frechet().value());

    int[] two = IntStream.range(0, 200).map(i -> i % 2).toArray(); // one picture of each class
    Quality collapsed = evaluation.of(OTHER.select(two));
    assertThat(collapsed.diversity()).isCloseTo(0, within(1e-9));
    assertThat(collapsed.recall()).isLessThan(0.2);
    assertThat(collapsed.consistency().value()).isGreaterThan(0.95);

    byte[] grey = new byte[OTHER.pixels().length];
    Arrays.fill(grey, (byte) 100);
    Quality nothing =
        evaluation.of(new PictureSet(1, Halves.SIDE, Halves.SIDE, grey, OTHER.labels()));
    assertThat(nothing.frechet().value()).isGreaterThan(10 * floor.frechet().value());
    assertThat(nothing.kernel().value()).isGreaterThan(floor.kernel().value());
    assertThat(nothing.precision()).isZero();
  }

  /** Of two captions the right one; told the wrong ones, it is never satisfied. */
  @Test
  void aJudgeOfCaptionsKnowsTheRightOne(@TempDir Path folder) throws IOException {
    float[][] vectors = {{0.8f, 0.6f, 0}, {0, -0.6f, 0.8f}};
    EncoderPlan plan = new EncoderPlan(List.of(4, 8), 60, 8, 5e-3, 3);
    try (EncoderTraining training =
        new EncoderTraining(
            folder, plan, REAL, (width, source) -> new CaptionMatch(width, vectors, source))) {
      while (training.step() < plan.steps()) {
        training.next();
      }
      training.save();
    }
    try (CaptionJudge captions = CaptionJudge.open(folder, vectors)) {
      assertThat(captions.accuracy(OTHER)).isGreaterThan(0.95);
      int[] swapped = Arrays.stream(OTHER.labels()).map(label -> 1 - label).toArray();
      assertThat(captions.accuracy(OTHER.labelled(swapped))).isLessThan(0.05);
      Quality each =
          new PictureEvaluation(captions, REAL.labelled(IntStream.range(0, 200).toArray()), 5)
              .of(REAL);
      assertThat(each.diversity()).isFinite().isPositive();
    }
  }
}
