package org.sememe.diffusion.student;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.diffusion.distillation.ConvolutionHead;
import org.sememe.diffusion.distillation.Denoiser;
import org.sememe.diffusion.distillation.DistillationStep;
import org.sememe.diffusion.distillation.NoisyPictures;
import org.sememe.diffusion.features.Contrast;
import org.sememe.diffusion.features.EncoderPlan;
import org.sememe.diffusion.features.EncoderTraining;
import org.sememe.diffusion.pipeline.Noise;
import org.sememe.diffusion.pipeline.Pictures;
import org.sememe.diffusion.pipeline.PixelPipeline;
import org.sememe.diffusion.schedule.Prediction;
import org.sememe.diffusion.schedule.SchedulerConfig;
import org.sememe.diffusion.teacher.TeacherPlan;
import org.sememe.diffusion.teacher.TeacherTraining;
import org.sememe.diffusion.testing.Halves;
import org.sememe.models.unet.Tap;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFields;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.LeakMeter;

/** A student of a teacher of two simple classes. */
class DistillationTest {
  private static final String WEIGHTS = "unet/diffusion_pytorch_model.safetensors";
  private static final DistillationStep.Constants USUAL =
      DistillationStep.Constants.usual(2e-3, 1e-3);

  private static final LogitNormal LEVELS = new LogitNormal(1, 1);

  @TempDir private static Path parts;
  private static Path teacher;
  private static Path features;

  @TempDir private Path folder;

  @BeforeAll
  static void start() throws IOException {
    Torch.start(2);
    teacher = parts.resolve("teacher");
    features = parts.resolve("features");
    TeacherPlan plan = new TeacherPlan(List.of(4, 8), 1, 1, 40, 8, 4e-3, 0.9, 0.1, 7);
    try (TeacherTraining training = new TeacherTraining(teacher, plan, Halves.pictures(32))) {
      while (training.step() < 40) {
        training.next();
      }
      training.save();
    }
    EncoderPlan encoder = new EncoderPlan(List.of(4, 8), 1, 8, 1e-3, 3);
    try (EncoderTraining training =
        new EncoderTraining(features, encoder, Halves.pictures(32), Contrast::new)) {
      training.next();
      training.save();
    }
  }

  private static DistillationPlan plan(
      long steps, DistillationStep.Constants constants, int teacherSteps, boolean fromTeacher) {
    return new DistillationPlan(
        steps,
        8,
        constants,
        WeightingChoice.EXPONENTIAL,
        teacherSteps,
        new DistillationPlan.Starts(0.5, 0),
        new DistillationPlan.Heads(
            4, true, true, false, true, new ConvolutionHead.Norms(true, 4), LEVELS),
        fromTeacher,
        0.5,
        11);
  }

  private Distillation open(String name, DistillationPlan plan) throws IOException {
    return new Distillation(folder.resolve(name), plan, Halves.pictures(32), teacher, features);
  }

  private void run(String name, DistillationPlan plan) throws IOException {
    try (Distillation training = open(name, plan)) {
      while (training.step() < plan.steps()) {
        training.next();
      }
      training.checkpoint();
      training.save();
    }
  }

  @Test
  void aContinuedRunHasTheSameBitsAndTheFrozenNetworksStay() throws IOException {
    DistillationPlan plan = plan(5, USUAL, 2, true);
    run("whole", plan);
    try (Distillation first = open("parts", plan)) {
      first.next();
      first.next();
      first.checkpoint();
      first.next(); // lost, as by a kill
    }
    try (Distillation second = open("parts", plan)) {
      assertThat(second.step()).isEqualTo(2);
    }
    run("parts", plan);

    assertThat(Files.readAllBytes(folder.resolve("parts").resolve(WEIGHTS)))
        .isEqualTo(Files.readAllBytes(folder.resolve("whole").resolve(WEIGHTS)))
        .isNotEqualTo(Files.readAllBytes(teacher.resolve(WEIGHTS)));
    Map<String, Distillation.Frozen> frozen = Distillation.frozen(folder.resolve("whole"));
    assertThat(frozen.get("after")).isEqualTo(frozen.get("before"));
    assertThat(frozen.get("after").teacher()).hasSize(64);
    assertThatThrownBy(() -> open("parts", plan(5, USUAL, 1, true)))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("another plan");
  }

  /** Before its first step the student is the teacher, to the bit; a random one is not. */
  @Test
  void theStudentBeginsAsTheTeacher() throws IOException {
    try (Distillation copy = open("copy", plan(1, USUAL, 1, true));
        Distillation random = open("random", plan(1, USUAL, 1, false))) {
      copy.save();
      random.save();
    }
    try (PixelPipeline own = PixelPipeline.open(folder.resolve("copy"), "");
        PixelPipeline taught = PixelPipeline.open(teacher, "");
        PixelPipeline other = PixelPipeline.open(folder.resolve("random"), "")) {
      byte[] expected = drawn(taught);
      assertThat(drawn(own)).isEqualTo(expected);
      assertThat(drawn(other)).isNotEqualTo(expected);
    }
  }

  private static byte[] drawn(PixelPipeline pipeline) {
    Pictures pictures =
        pipeline.draw(new int[] {0, 1}, 1, OptionalInt.empty(), Noise.seeded(3), Tap.NONE);
    return pictures.values();
  }

  /** Each loss alone moves the student; drawn to its teacher in one step, it draws the classes. */
  @Test
  void eachLossAloneTeaches() throws IOException {
    run("adversarial", plan(2, new DistillationStep.Constants(1, 0, 1e-5, 1e-3, 1e-3), 1, true));
    run("taught", plan(60, new DistillationStep.Constants(0, 2.5, 1e-5, 1e-3, 4e-3), 4, true));
    assertThat(Files.readAllBytes(folder.resolve("adversarial").resolve(WEIGHTS)))
        .isNotEqualTo(Files.readAllBytes(teacher.resolve(WEIGHTS)));
    try (PixelPipeline student = PixelPipeline.open(folder.resolve("taught"), "")) {
      byte[] values = drawn(student);
      for (int label = 0; label < 2; label++) {
        double difference = half(values, label, 0) - half(values, label, 1);
        assertThat(label == 0 ? difference : -difference).as("class %d", label).isGreaterThan(30);
      }
    }
  }

  private static double half(byte[] values, int picture, int half) {
    int size = Halves.SIDE * Halves.SIDE / 2;
    double sum = 0;
    for (int i = 0; i < size; i++) {
      sum += Byte.toUnsignedInt(values[(2 * picture + half) * size + i]);
    }
    return sum / size;
  }

  /** A teacher that knows the one clean picture says it in any number of steps. */
  @Test
  void morePatienceDoesNotChangeACertainTeacher() throws IOException {
    Path file = SchedulerConfig.file(teacher);
    var json = new ObjectMapper().readTree(file.toFile());
    NoisyPictures noisy =
        new NoisyPictures(SchedulerConfig.of(new JsonFields(file, json)).schedule());
    int[] labels = {0, 1};
    int[] timesteps = {999, 400};
    try (PointerScope scope = new PointerScope()) {
      Tensor clean = Halves.pictures(2).tensor(labels);
      Denoiser certain =
          (x, t, l) ->
              noisy.alpha(t, x).mul(x).sub(clean).div(noisy.sigma(t, x)); // v of that picture
      Tensor start = noisy.of(clean, clean.mul(clean).sub(clean), timesteps);
      for (int steps : new int[] {1, 2, 4}) {
        Tensor output =
            new PatientTeacher(noisy, certain, Prediction.V, steps)
                .predict(start, timesteps, labels);
        float[] said = TensorMemory.floats(noisy.clean(Prediction.V, start, output, timesteps));
        float[] known = TensorMemory.floats(clean);
        for (int i = 0; i < known.length; i++) {
          assertThat(said[i]).as("%d steps", steps).isCloseTo(known[i], within(1e-4f));
        }
      }
      assertThatThrownBy(() -> new PatientTeacher(noisy, certain, Prediction.EPSILON, 2))
          .hasMessageContaining("predicts v");
    }
  }

  /** The teacher as the one that sees: its weights stay, and it teaches what the classes are. */
  @Test
  void headsSeeThroughTheTeacher() throws IOException {
    DistillationPlan plan =
        plan(40, new DistillationStep.Constants(1, 0, 1e-5, 1e-2, 4e-3), 1, true);
    Path run = folder.resolve("latent");
    try (Distillation training =
        new Distillation(run, plan, Halves.pictures(32), teacher, teacher)) {
      while (training.step() < plan.steps()) {
        assertThat(training.next().values()).allMatch(Double::isFinite);
      }
      training.checkpoint();
      training.save();
    }
    Distillation.Frozen after = Distillation.frozen(run).get("after");
    assertThat(after.teacher()).isEqualTo(after.features());
    try (PixelPipeline student = PixelPipeline.open(run, "")) {
      byte[] values = drawn(student);
      for (int label = 0; label < 2; label++) {
        double difference = half(values, label, 0) - half(values, label, 1);
        assertThat(label == 0 ? difference : -difference).as("class %d", label).isGreaterThan(30);
      }
    }
    try (Distillation again = new Distillation(run, plan, Halves.pictures(32), teacher, teacher)) {
      assertThat(again.step()).isEqualTo(40);
    }
    assertThatThrownBy(() -> new Distillation(run, plan, Halves.pictures(32), teacher, features))
        .hasMessageContaining("another plan");
  }

  /** Logits of the shares are normal with that mean and deviation. */
  @Test
  void noiseLevelsAreLogitNormal() {
    RandomStream random = RandomStream.of(5);
    LogitNormal levels = new LogitNormal(1, 0.5);
    double[] logits =
        IntStream.range(0, 20_000)
            .mapToDouble(i -> (levels.draw(random, 100_000) + 0.5) / 100_000)
            .map(share -> Math.log(share / (1 - share)))
            .toArray();
    double mean = Arrays.stream(logits).average().orElseThrow();
    double square = Arrays.stream(logits).map(x -> (x - mean) * (x - mean)).average().orElseThrow();
    assertThat(mean).isCloseTo(1, within(0.02));
    assertThat(Math.sqrt(square)).isCloseTo(0.5, within(0.02));
    assertThat(new LogitNormal(1e9, 0).draw(random, 1000)).isEqualTo(999);
    assertThatThrownBy(() -> new LogitNormal(Double.NaN, 1)).hasMessageContaining("NaN");
  }

  @Test
  void weightingsAndConditionsAllTrain() throws IOException {
    for (WeightingChoice weighting : WeightingChoice.values()) {
      for (boolean told : new boolean[] {true, false}) {
        DistillationPlan plan =
            new DistillationPlan(
                1,
                4,
                USUAL,
                weighting,
                1,
                new DistillationPlan.Starts(0.25, 0),
                new DistillationPlan.Heads(
                    4, told, !told, told, false, ConvolutionHead.Norms.NONE, LEVELS),
                true,
                0.5,
                1);
        try (Distillation training = open(weighting + " " + told, plan)) {
          assertThat(training.next().values()).allMatch(Double::isFinite);
        }
      }
    }
    assertThatThrownBy(() -> plan(1, new DistillationStep.Constants(0, 0, 0, 1e-3, 1e-3), 1, true))
        .hasMessageContaining("one of them above");
    assertThatThrownBy(
            () ->
                new Distillation(
                    folder.resolve("x"),
                    plan(1, USUAL, 1, true),
                    Halves.pictures(32).resized(4),
                    teacher,
                    features))
        .hasMessageContaining("4 x 4");
  }

  /** Each row of the table has one thing another, and a folder of its own. */
  @Test
  void anAblationChangesOneThing() {
    DistillationPlan usual = plan(1, USUAL, 1, true);
    List<Ablation> rows = Ablation.rows(usual);
    assertThat(rows.stream().map(Ablation::name)).doesNotHaveDuplicates().hasSize(16);
    for (Ablation row : rows) {
      DistillationPlan plan = row.plan();
      int changed = row.features() == Ablation.Features.TRAINED ? 0 : 1;
      changed += plan.constants().equals(usual.constants()) ? 0 : 1;
      changed += plan.weighting() == usual.weighting() ? 0 : 1;
      changed += plan.teacherSteps() == usual.teacherSteps() ? 0 : 1;
      changed += plan.heads().equals(usual.heads()) ? 0 : 1;
      changed += plan.fromTeacher() == usual.fromTeacher() ? 0 : 1;
      assertThat(changed).as(row.name()).isEqualTo(row.study().equals("usual") ? 0 : 1);
    }
    assertThat(usual.withSeed(12).withSeed(11)).isEqualTo(usual);
  }

  /** What a line of metrics says: logits where the step had such pictures, and the variety. */
  @Test
  void aLookSaysWhatTheHeadsAndTheNoiseDo() throws IOException {
    try (Distillation training = open("look", plan(3, USUAL, 1, true))) {
      assertThat(training.look()).containsOnlyKeys("variety");
      double before = training.look().get("variety");
      training.next();
      Map<String, Double> seen = training.look();
      assertThat(seen.keySet()).contains("variety").hasSizeGreaterThanOrEqualTo(3);
      assertThat(seen.values()).allMatch(Double::isFinite);
      assertThat(seen.get("variety")).isPositive().isNotEqualTo(before);
    }
  }

  @Test
  void stepsLeakNothing() throws Exception {
    try (Distillation training = open("leak", plan(1000, USUAL, 1, true))) {
      LeakMeter.assertFlat(20, 64L << 20, training::next);
    }
  }
}
