package org.sememe.app.pictures;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.runs.MetricsFile;
import org.sememe.app.studio.PictureSource;
import org.sememe.diffusion.pipeline.Guidance;
import org.sememe.diffusion.pipeline.Noise;
import org.sememe.diffusion.pipeline.Pictures;
import org.sememe.diffusion.pipeline.PixelPipeline;
import org.sememe.diffusion.pipeline.PixelRequest;
import org.sememe.diffusion.pipeline.Subjects;
import org.sememe.diffusion.schedule.Method;
import org.sememe.diffusion.schedule.SamplerChoice;
import org.sememe.diffusion.student.Lineage;
import org.sememe.models.unet.Tap;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFile;

/**
 * A student's run and its teacher's, or a teacher's alone, as they draw and as they were trained.
 * Weights are read when first drawn with; one request draws at a time.
 */
public final class DrawingRuns implements PictureSource, AutoCloseable {
  /** What {@code sememe diffusion evaluate} leaves in a run's folder. */
  public static final String EVALUATION = "evaluation.json";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String TEACHER = "teacher";
  private static final String STUDENT = "student";
  private static final String WEIGHTS = "unet/diffusion_pytorch_model.safetensors";
  private static final String ABLATION = "ablation.csv";
  private static final int MOST_STEPS = 50;
  private static final int MOST_LINES = 300;

  private final SequencedMap<String, Path> networks = new LinkedHashMap<>();
  private final SequencedMap<String, Path> trainings = new LinkedHashMap<>();
  private final Path run;
  private final Optional<Path> ablation;
  private final Map<String, PixelPipeline> open = new HashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Optional<Dictionary> dictionary;
  private final ModelOpener opener;
  private Optional<CaptionEncoder> captions = Optional.empty();
  private Optional<Touching> touching = Optional.empty();

  private DrawingRuns(
      Path run, Optional<Path> ablation, Optional<Dictionary> dictionary, ModelOpener opener) {
    this.dictionary = dictionary;
    this.opener = opener;
    this.run = run;
    this.ablation = ablation;
  }

  /**
   * Of a run's folder.
   *
   * @param run of {@code diffusion distill} or {@code diffusion train}, finished or not
   * @param teacher in place of the one that the run names
   * @param ablation the folder of a table of ablations; else one beside the run, if there is one
   * @param dictionary of rows of one of the run's modules; stays the caller's
   * @param opener opens the encoder of captions, if the run was trained on them
   * @throws FormatException if it is no such folder
   */
  public static DrawingRuns of(
      Path run,
      Optional<Path> teacher,
      Optional<Path> ablation,
      Optional<Dictionary> dictionary,
      ModelOpener opener)
      throws IOException {
    if (!Files.exists(run.resolve("unet/config.json")) && !Files.exists(metrics(run))) {
      throw new FormatException(
          run, 0, "no run of sememe diffusion train or distill: no unet and no metrics.jsonl");
    }
    DrawingRuns runs =
        new DrawingRuns(run, ablation.isPresent() ? ablation : beside(run), dictionary, opener);
    Optional<Lineage> lineage = Lineage.read(run);
    Optional<Path> taught = teacher.or(() -> lineage.map(Lineage::teacher));
    taught.ifPresent(folder -> runs.networks.put(TEACHER, folder));
    runs.networks.put(taught.isPresent() || distilled(run) ? STUDENT : TEACHER, run);
    runs.trainings.putAll(runs.networks);
    lineage.ifPresent(parents -> runs.trainings.put("features", parents.features()));
    return runs;
  }

  private static boolean distilled(Path run) {
    return Files.exists(run.resolve("distillation.json"));
  }

  private static Path metrics(Path run) {
    return run.resolve("metrics.jsonl");
  }

  private static Optional<Path> beside(Path run) throws IOException {
    Path above = run.toAbsolutePath().normalize().getParent();
    if (above == null) {
      return Optional.empty();
    }
    try (Stream<Path> all = Files.list(above)) {
      return all.filter(folder -> Files.exists(folder.resolve(ABLATION))).sorted().findFirst();
    }
  }

  @Override
  public List<Network> networks() {
    List<Network> all = new ArrayList<>();
    networks.forEach((name, folder) -> all.add(network(name, folder)));
    return all;
  }

  private Network network(String name, Path folder) {
    String called = called(folder);
    if (!Files.exists(folder.resolve(WEIGHTS))) {
      return new Network(
          name,
          called,
          false,
          OptionalInt.empty(),
          OptionalInt.empty(),
          OptionalInt.empty(),
          false,
          List.of(),
          List.of());
    }
    lock.lock();
    try {
      PixelPipeline pipeline = pipeline(name);
      boolean captioned = pipeline.ofCaptions();
      int known = captioned ? 0 : pipeline.classes();
      int classes = Math.max(1, known - 1);
      return new Network(
          name,
          called,
          true,
          OptionalInt.of(pipeline.side()),
          captioned ? OptionalInt.empty() : OptionalInt.of(classes),
          classes < known ? OptionalInt.of(classes) : OptionalInt.empty(),
          captioned,
          steps(pipeline),
          pipeline.samplers().stream().map(SamplerChoice::key).toList());
    } finally {
      lock.unlock();
    }
  }

  /** A distilled network draws in halves of its steps; another in any number. */
  private static List<Integer> steps(PixelPipeline pipeline) {
    if (pipeline.scheduler().method() instanceof Method.Lcm lcm) {
      return IntStream.iterate(1, n -> n <= lcm.originalSteps(), n -> 2 * n).boxed().toList();
    }
    return IntStream.rangeClosed(1, MOST_STEPS).boxed().toList();
  }

  private static String called(Path folder) {
    return folder.toAbsolutePath().normalize().getFileName().toString();
  }

  /** With the lock. */
  private PixelPipeline pipeline(String name) {
    Path folder = networks.get(name);
    if (folder == null) {
      throw new IllegalArgumentException("there is no network of that name here");
    }
    if (!Files.exists(folder.resolve(WEIGHTS))) {
      throw new IllegalArgumentException(
          "the " + name + " has no weights yet: it is still trained");
    }
    return open.computeIfAbsent(
        name,
        missing -> {
          try {
            PixelPipeline pipeline = PixelPipeline.open(folder, "");
            // The first pass is slower than all others; nobody should take it for the network's.
            pipeline.draw(
                new PixelRequest(
                    pipeline.nothing(), 1, Guidance.NONE, OptionalInt.empty(), Optional.empty()),
                Noise.seeded(0),
                Tap.NONE);
            return pipeline;
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  @Override
  public Drawn draw(Request request) {
    Noise noise = Noise.ofEach(request.pictures().stream().map(DrawingRuns::noise).toList());
    lock.lock();
    try {
      PixelPipeline pipeline = pipeline(request.network());
      PixelRequest wanted =
          new PixelRequest(
              subjects(pipeline, request),
              request.steps(),
              new Guidance(request.guidance().orElse(0), 0),
              OptionalInt.empty(),
              request.sampler().map(SamplerChoice::named));
      Optional<Touching.Watch> watch = watch(request);
      Tap tap = watch.isPresent() ? watch.get() : Tap.NONE;
      long start = System.nanoTime();
      Pictures pictures = pipeline.draw(wanted, noise, tap);
      double millis = (System.nanoTime() - start) / 1e6;
      return new Drawn(
          sheet(pictures), pictures.count(), millis, watch.flatMap(Touching.Watch::activations));
    } finally {
      lock.unlock();
    }
  }

  /** With the lock. */
  private Subjects subjects(PixelPipeline pipeline, Request request) {
    List<Wanted> pictures = request.pictures();
    if (!pipeline.ofCaptions()) {
      return new Subjects.Classes(pictures.stream().mapToInt(DrawingRuns::label).toArray());
    }
    List<String> texts = pictures.stream().map(DrawingRuns::caption).toList();
    List<String> each = texts.stream().distinct().toList();
    float[][] vectors = captions(networks.get(request.network())).vectors(each);
    return new Subjects.Captions(
        texts.stream().map(text -> vectors[each.indexOf(text)]).toArray(float[][]::new));
  }

  private static int label(Wanted picture) {
    return picture
        .label()
        .orElseThrow(() -> new IllegalArgumentException("this network draws classes: say a label"));
  }

  private static String caption(Wanted picture) {
    return picture
        .caption()
        .orElseThrow(
            () -> new IllegalArgumentException("this network draws captions: say a caption"));
  }

  /** Opened when first needed; teacher and student have the same. With the lock. */
  private CaptionEncoder captions(Path folder) {
    if (captions.isEmpty()) {
      try {
        captions = Optional.of(CaptionEncoder.open(opener, folder));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return captions.get();
  }

  /** What sees and paints features; empty if nobody asks for that. With the lock. */
  private Optional<Touching.Watch> watch(Request request) {
    List<Touch> touches = request.touches().orElse(List.of());
    if (touches.isEmpty() && request.watch().isEmpty()) {
      return Optional.empty();
    }
    if (dictionary.isEmpty() || !request.network().equals(networks.lastEntry().getKey())) {
      throw new IllegalArgumentException("there is no dictionary of this network here");
    }
    Optional<Integer> watched =
        request.watch().isPresent() ? Optional.of(request.watch().getAsInt()) : Optional.empty();
    return Optional.of(touching().watch(touches, watched, request.pictures().size()));
  }

  /** With the lock, where there is a dictionary. */
  private Touching touching() {
    if (touching.isEmpty()) {
      String name = networks.lastEntry().getKey();
      touching = Optional.of(new Touching(name, pipeline(name), dictionary.orElseThrow()));
    }
    return touching.get();
  }

  @Override
  public boolean touchable() {
    return dictionary.isPresent() && Files.exists(run.resolve(WEIGHTS));
  }

  @Override
  public Optional<Features> features() {
    if (!touchable()) {
      return Optional.empty();
    }
    lock.lock();
    try {
      return Optional.of(touching().features());
    } finally {
      lock.unlock();
    }
  }

  /** One below the other, as they lie in memory. */
  static Sheet sheet(Pictures pictures) {
    return new Sheet(
        pictures.count() * pictures.height(),
        pictures.width(),
        pictures.channels(),
        Base64.getEncoder().encodeToString(pictures.values()));
  }

  private static Noise noise(Wanted picture) {
    Noise from = Noise.seeded(picture.seed());
    return picture.to().isEmpty()
        ? from
        : Noise.between(from, Noise.seeded(picture.to().getAsLong()), picture.share().orElse(0));
  }

  @Override
  public List<Training> trainings() {
    List<Training> all = new ArrayList<>();
    try {
      for (Map.Entry<String, Path> training : trainings.entrySet()) {
        Path folder = training.getValue();
        List<JsonNode> lines = new MetricsFile(metrics(folder)).overview(MOST_LINES).lines();
        if (!lines.isEmpty()) {
          all.add(new Training(training.getKey(), called(folder), lines, sheets(folder)));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return all;
  }

  private static List<Long> sheets(Path folder) throws IOException {
    Path samples = folder.resolve("samples");
    if (!Files.isDirectory(samples)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(samples)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches("[0-9]{7,9}\\.png"))
          .map(name -> Long.valueOf(name.substring(0, name.indexOf('.'))))
          .sorted()
          .toList();
    }
  }

  @Override
  public Optional<Sheet> sheet(String training, long step) {
    Path folder = trainings.get(training);
    if (folder == null) {
      return Optional.empty();
    }
    Path file = folder.resolve("samples").resolve(String.format(Locale.ROOT, "%07d.png", step));
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      BufferedImage image = ImageIO.read(file.toFile());
      if (image == null) {
        throw new FormatException(file, 0, "not a PNG picture");
      }
      return Optional.of(sheet(Pictures.of(image)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Optional<JsonNode> evaluation() {
    Path file = run.resolve(EVALUATION);
    try {
      return Files.exists(file) ? Optional.of(JsonFile.read(JSON, file)) : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public List<Map<String, String>> ablation() {
    if (ablation.isEmpty() || !Files.exists(ablation.get().resolve(ABLATION))) {
      return List.of();
    }
    try {
      List<String> lines = Files.readAllLines(ablation.get().resolve(ABLATION));
      String[] columns = lines.isEmpty() ? new String[0] : lines.getFirst().split(",");
      return lines.stream().skip(1).map(line -> cells(columns, line.split(",", -1))).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, String> cells(String[] columns, String[] values) {
    Map<String, String> cells = new LinkedHashMap<>();
    for (int i = 0; i < Math.min(columns.length, values.length); i++) {
      cells.put(columns[i], values[i]);
    }
    return cells;
  }

  @Override
  public void close() {
    lock.lock();
    try {
      open.values().forEach(PixelPipeline::close);
      open.clear();
      captions.ifPresent(CaptionEncoder::close);
      captions = Optional.empty();
    } finally {
      lock.unlock();
    }
  }
}
