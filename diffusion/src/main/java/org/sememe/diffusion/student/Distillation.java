package org.sememe.diffusion.student;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.diffusion.conditions.ClassLabels;
import org.sememe.diffusion.conditions.Condition;
import org.sememe.diffusion.distillation.ConvolutionHead;
import org.sememe.diffusion.distillation.Denoiser;
import org.sememe.diffusion.distillation.Discriminator;
import org.sememe.diffusion.distillation.DistillationStep;
import org.sememe.diffusion.distillation.Head;
import org.sememe.diffusion.distillation.NoisyPictures;
import org.sememe.diffusion.distillation.Student;
import org.sememe.diffusion.distillation.Teaching;
import org.sememe.diffusion.distillation.WeightAverage;
import org.sememe.diffusion.features.Augmentation;
import org.sememe.diffusion.pictures.PictureSet;
import org.sememe.diffusion.pipeline.Pictures;
import org.sememe.diffusion.runs.NewParameters;
import org.sememe.diffusion.runs.ParameterDigest;
import org.sememe.diffusion.runs.PictureTraining;
import org.sememe.diffusion.runs.RunCheckpoint;
import org.sememe.diffusion.schedule.SchedulerConfig;
import org.sememe.models.unet.ParameterSource;
import org.sememe.models.unet.PictureFolder;
import org.sememe.models.unet.Tap;
import org.sememe.models.unet.UNet;
import org.sememe.tensors.AtomicFile;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFields;
import org.sememe.tensors.JsonFile;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.safetensors.SafetensorsWriter;
import org.sememe.training.optimiser.Optimiser;
import org.sememe.training.optimiser.OptimiserChoice;

/**
 * Trains a student by Adversarial Diffusion Distillation (Sauer et al. 2023), or with a network
 * that draws for the heads to see through (Latent Adversarial Diffusion Distillation, 2024). What a
 * step draws follows from the seed and its number alone, so that a continued run goes on to the
 * bit. That the teacher and the feature network stay as they are is checked by their digests at
 * each checkpoint.
 */
public final class Distillation implements PictureTraining {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** StyleGAN-T's, whose discriminator the paper follows. */
  private static final OptimiserChoice.Adam ADAM = new OptimiserChoice.Adam(0, 0.99, 1e-8);

  private static final int SAMPLES_EACH = 4;
  private static final String UNET = "unet";
  private static final String SUMS = "distillation.json";

  private final Path run;
  private final DistillationPlan plan;
  private final PictureSet pictures;
  private final Condition condition;
  private final JsonNode scheduler;
  private final byte[] options;
  private final NoisyPictures noisy;
  private final UNet teacher;
  private final HeadFeatures features;
  private final UNet net;
  private final Student student;
  private final DistillationBatches batches;
  private final Teaching teaching;
  private final Discriminator discriminator;
  private final WeightAverage average;
  private final Optimiser headOptimiser = ADAM.create();
  private final Optimiser studentOptimiser = ADAM.create();
  private final RunCheckpoint checkpoint;
  private final String teacherDigest;
  private final String featureDigest;
  private final Optional<int[][]> members;
  private Seen last = new Seen(new int[0], new double[0], new double[0]);
  private long step;

  /** A run that is told the pictures' classes. */
  public Distillation(
      Path run, DistillationPlan plan, PictureSet pictures, Path teacherFolder, Path featureFolder)
      throws IOException {
    this(run, plan, pictures, new ClassLabels(pictures), teacherFolder, featureFolder);
  }

  /**
   * A run in a folder: where it stopped, if it was begun there.
   *
   * @param run its folder, made if need be
   * @param condition what teacher, student and heads are told of the pictures
   * @param teacherFolder {@code unet} and {@code scheduler} of a network that is told the same
   * @param featureFolder of the network that the heads see through: one trained to see ({@link
   *     org.sememe.diffusion.features.PictureEncoder}), or one that draws, the teacher's own
   * @throws FormatException if a folder is damaged, or the run's checkpoint of another plan
   * @throws IllegalArgumentException for networks and pictures that do not fit each other
   */
  public Distillation(
      Path run,
      DistillationPlan plan,
      PictureSet pictures,
      Condition condition,
      Path teacherFolder,
      Path featureFolder)
      throws IOException {
    this.run = Files.createDirectories(run);
    this.plan = plan;
    this.pictures = pictures;
    this.condition = condition;
    Path schedulerFile = SchedulerConfig.file(teacherFolder);
    this.members = condition.alike();
    this.scheduler = JsonFile.read(JSON, schedulerFile);
    SchedulerConfig config = SchedulerConfig.of(new JsonFields(schedulerFile, scheduler));
    this.noisy = new NoisyPictures(config.schedule());
    PictureFolder teacherNet = new PictureFolder(teacherFolder.resolve(UNET));
    this.options = Files.readAllBytes(teacherNet.path().resolve("config.json"));
    this.teacher = UNet.open(teacherNet);
    condition.requireFit(teacher.config());
    requireFit(teacher, pictures);
    this.features = HeadFeatures.open(featureFolder, plan, pictures, condition);
    this.net =
        plan.fromTeacher()
            ? UNet.open(teacherNet)
            : new UNet(teacher.config(), new NewParameters(plan.seed()));
    this.student = new Student(noisy, denoiser(net), config.prediction());
    this.batches =
        new DistillationBatches(plan, pictures, condition, members, noisy.schedule().timesteps());
    this.teaching =
        new Teaching(
            noisy,
            new PatientTeacher(noisy, denoiser(teacher), config.prediction(), plan.teacherSteps()),
            config.prediction(),
            plan.weighting().of(condition.none(), noisy.schedule().timesteps()));
    this.discriminator = new Discriminator(heads());
    net.parameters().values().forEach(parameter -> parameter.set_requires_grad(true));
    discriminator.parameters().values().forEach(parameter -> parameter.set_requires_grad(true));
    this.average = new WeightAverage(net.parameters(), plan.averaging());
    this.teacherDigest = ParameterDigest.of(teacher.parameters());
    this.featureDigest = features.digest();
    this.checkpoint =
        new RunCheckpoint(
                run,
                // Runs begun when lambda weighed a sum are of another loss and cannot go on.
                plan
                    + " lambda of a mean, teacher "
                    + teacherDigest
                    + " features "
                    + featureDigest
                    + condition.text())
            .tensors("weight", net.parameters())
            .tensors("average", average.averages())
            .tensors("discriminator", discriminator.parameters())
            .tensors("spectral", discriminator.vectors())
            .optimiser("student", studentOptimiser)
            .optimiser("headOptimiser", headOptimiser);
    this.step = checkpoint.restoreOr(this::close);
    condition.write(run);
    new Lineage(teacherFolder, featureFolder).write(run);
  }

  private static void requireFit(UNet teacher, PictureSet pictures) {
    if (teacher.config().in() != pictures.channels()
        || teacher.config().side().orElse(pictures.height()) != pictures.height()) {
      throw new IllegalArgumentException(
          "pictures of %d x %d x %d are not what the teacher was trained on"
              .formatted(pictures.channels(), pictures.height(), pictures.width()));
    }
  }

  private List<Head> heads() throws IOException {
    List<Head> heads = new ArrayList<>();
    ParameterSource beginning = new NewParameters(plan.seed());
    DistillationPlan.Heads told = plan.heads();
    for (int channels : features.channels()) {
      var shape =
          new ConvolutionHead.Shape(
              channels,
              told.hidden(),
              told.hidden(),
              told.label() ? condition.width() : 0,
              told.image() ? features.width() : 0);
      heads.add(new ConvolutionHead(shape, told.norms(), beginning.below("heads." + heads.size())));
    }
    return heads;
  }

  private Denoiser denoiser(UNet network) {
    return (x, timesteps, subjects) -> {
      double[] times = Arrays.stream(timesteps).asDoubleStream().toArray();
      return network.apply(x, times, condition.told(subjects), Tap.NONE);
    };
  }

  @Override
  public long step() {
    return step;
  }

  /** One iteration; its losses are {@code heads}, {@code generator} and {@code teaching}. */
  @Override
  public Map<String, Double> next() {
    step++;
    RandomStream random = RandomStream.of(plan.seed()).stream("steps").stream(step);
    Augmentation seen = plan.heads().augmented() ? Augmentation.DISCRIMINATOR : Augmentation.NONE;
    try (PointerScope scope = new PointerScope()) {
      DistillationStep.Batch batch = batches.of(step, random);
      DistillationStep.Losses losses =
          new DistillationStep(
                  student,
                  net.parameters(),
                  teaching,
                  new AugmentedFeatures(
                      features.at(batch, random.stream("levels")), seen, random.stream("views")),
                  this::told,
                  discriminator,
                  headOptimiser,
                  studentOptimiser,
                  constants())
              .run(batch);
      average.add(net.parameters());
      Map<String, Double> named = new LinkedHashMap<>();
      named.put("heads", losses.heads());
      named.put("generator", losses.generator());
      named.put("teaching", losses.teaching());
      last = new Seen(batch.studentTimesteps(), losses.real(), losses.fake());
      return named;
    }
  }

  /** Logits of the last step. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Seen(int[] times, double[] real, double[] fake) {
    double mean(double[] logits, boolean pure, int pureNoise) {
      return IntStream.range(0, times.length)
          .filter(i -> times[i] == pureNoise == pure)
          .mapToDouble(i -> logits[i])
          .average()
          .orElse(Double.NaN);
    }
  }

  /**
   * What tells why a student learns or does not: the heads' mean logits of real pictures and the
   * student's, where it draws from pure noise and elsewhere (those that the last step had), and how
   * much its pictures from pure noise differ: the root mean square deviation of a pixel between
   * pictures of one class, over that of real ones. Captions have one picture each, mostly: there it
   * is the deviation alone.
   */
  @Override
  public Map<String, Double> look() {
    Map<String, Double> found = new LinkedHashMap<>();
    int pureNoise = noisy.schedule().timesteps() - 1;
    for (boolean pure : new boolean[] {true, false}) {
      String where = pure ? "pure" : "mixed";
      found.put("real_" + where, last.mean(last.real(), pure, pureNoise));
      found.put("fake_" + where, last.mean(last.fake(), pure, pureNoise));
    }
    found.values().removeIf(value -> value.isNaN());
    found.put("variety", variety());
    return found;
  }

  private double variety() {
    try (PointerScope scope = new PointerScope();
        AutoGradMode off = new AutoGradMode(false)) {
      double drawn = deviation(sampled());
      return members.isEmpty() ? drawn : drawn / deviation(real(members.get()));
    }
  }

  /** As {@link #sampled}. */
  private Tensor real(int[][] classes) {
    return pictures.tensor(
        IntStream.range(0, SAMPLES_EACH)
            .flatMap(i -> Arrays.stream(condition.shown()).map(c -> one(classes[c], i)))
            .toArray());
  }

  /** One of a class, another for another number; any picture where the split has none of it. */
  private int one(int[] all, int number) {
    return all.length == 0 ? number % pictures.count() : all[number % all.length];
  }

  /** Of pictures a subject after another, several times round. */
  private double deviation(Tensor drawn) {
    Tensor parts = drawn.reshape(SAMPLES_EACH, condition.shown().length, -1);
    Tensor centred = parts.sub(parts.mean(new long[] {0}, true, new ScalarTypeOptional()));
    return Math.sqrt(centred.mul(centred).mean().item_double());
  }

  /** The plan's with lambda for a step, which sums over a picture's values. */
  private DistillationStep.Constants constants() {
    DistillationStep.Constants plain = plan.constants();
    int values = pictures.channels() * pictures.height() * pictures.width();
    return plain.weighing(plain.adversarialWeight(), plain.teacherWeight() / values);
  }

  /**
   * What the heads are told: the class as 1 in its place or the caption's embedding, and the
   * feature network's, which is 0 where it is the real picture's and the student's picture begins
   * with nothing of it.
   */
  private Head.Condition told(DistillationStep.Batch batch, Tensor embedding) {
    Tensor subject = condition.rows(batch.labels());
    boolean always = !features.tellsThePicture() || plan.heads().imageAtPureNoise();
    float[] known = new float[batch.labels().length];
    for (int i = 0; i < known.length; i++) {
      boolean pure = noisy.schedule().alpha(batch.studentTimesteps()[i]) == 0;
      known[i] = always || !pure ? 1 : 0;
    }
    Tensor image = embedding.mul(TensorMemory.floats(known, known.length, 1));
    return new Head.Condition(Optional.of(subject), Optional.of(image));
  }

  /** Digests of the teacher's and the feature network's parameters. */
  public record Frozen(String teacher, String features) {}

  /** The digests when the run was opened. */
  public Frozen before() {
    return new Frozen(teacherDigest, featureDigest);
  }

  /** The digests now. */
  public Frozen now() {
    return new Frozen(ParameterDigest.of(teacher.parameters()), features.digest());
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if the teacher or the feature network has changed
   */
  @Override
  public void checkpoint() throws IOException {
    if (!now().equals(before())) {
      throw new IllegalStateException(
          "the teacher or the feature network changed: " + before() + " became " + now());
    }
    checkpoint.write(step);
  }

  /** One step with the student's weights of this moment, a column a subject. */
  @Override
  public Optional<Pictures> samples() {
    try (PointerScope scope = new PointerScope();
        AutoGradMode off = new AutoGradMode(false)) {
      return Optional.of(Pictures.of(sampled()));
    }
  }

  private Tensor sampled() {
    int[] shown = condition.shown();
    int[] subjects =
        IntStream.range(0, SAMPLES_EACH * shown.length).map(i -> shown[i % shown.length]).toArray();
    Tensor start =
        TensorMemory.empty(
            ScalarType.Float,
            subjects.length,
            pictures.channels(),
            pictures.height(),
            pictures.width());
    RandomStream.of(plan.seed()).stream("samples").fillNormal(TensorMemory.segment(start), 1);
    int[] times = {noisy.schedule().timesteps() - 1};
    return student.sample(times, List.of(start), subjects).getLast();
  }

  /**
   * Writes the averaged weights as diffusers has them, with a scheduler (LCM) that goes through the
   * student's own timesteps: a folder to draw with in 1, 2 or 4 steps.
   */
  @Override
  public void save() throws IOException {
    Path unet = Files.createDirectories(run.resolve(UNET));
    AtomicFile.write(unet.resolve("config.json"), out -> out.write(options));
    SequencedMap<String, Tensor> weights = new LinkedHashMap<>(average.averages());
    SafetensorsWriter.write(
        unet.resolve("diffusion_pytorch_model.safetensors"), weights, Map.of("format", "pt"));
    ObjectNode own = scheduler.deepCopy();
    own.put("_class_name", "LCMScheduler")
        .put("original_inference_steps", Student.usualTimesteps(1000).length)
        .put("timestep_scaling", 10.0)
        .put("clip_sample", false);
    write(SchedulerConfig.file(run), own);
    ObjectNode told = JSON.createObjectNode().put("plan", plan.toString());
    told.putPOJO("before", before());
    told.putPOJO("after", now());
    write(run.resolve(SUMS), told);
  }

  private static void write(Path file, ObjectNode json) throws IOException {
    Files.createDirectories(file.getParent());
    byte[] text = JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(json);
    AtomicFile.write(file, out -> out.write(text));
  }

  /**
   * The digests that a finished run wrote, {@code before} and {@code after} it was last trained.
   *
   * @throws java.nio.file.NoSuchFileException if it is not finished
   */
  public static Map<String, Frozen> frozen(Path run) throws IOException {
    JsonNode told = JsonFile.read(JSON, run.resolve(SUMS));
    Map<String, Frozen> sums = new LinkedHashMap<>();
    for (String when : List.of("before", "after")) {
      JsonNode sum = told.path(when);
      sums.put(when, new Frozen(sum.path("teacher").asText(), sum.path("features").asText()));
    }
    return sums;
  }

  @Override
  public void close() {
    headOptimiser.close();
    studentOptimiser.close();
    average.close();
    discriminator.parameters().values().forEach(Tensor::close);
    discriminator.vectors().values().forEach(Tensor::close);
    net.close();
    features.close();
    teacher.close();
  }
}
