package org.sememe.app.stages;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.sememe.app.terminal.Terminal;
import org.sememe.diffusion.conditions.Captions;
import org.sememe.diffusion.evaluation.Drawing;
import org.sememe.diffusion.evaluation.Figure;
import org.sememe.diffusion.evaluation.PictureEvaluation;
import org.sememe.diffusion.evaluation.Quality;
import org.sememe.diffusion.features.CaptionJudge;
import org.sememe.diffusion.features.CaptionMatch;
import org.sememe.diffusion.features.EncoderPlan;
import org.sememe.diffusion.features.EncoderTraining;
import org.sememe.diffusion.features.Judge;
import org.sememe.diffusion.features.Labels;
import org.sememe.diffusion.features.PictureJudge;
import org.sememe.diffusion.pictures.PictureSet;
import org.sememe.diffusion.pipeline.PixelPipeline;
import org.sememe.diffusion.pipeline.Subjects;
import org.sememe.tensors.RandomStream;

/**
 * Measures what networks draw beside held-out pictures, by a judge that it trains first where there
 * is none.
 *
 * @param terminal where progress is shown
 * @param count pictures of each kind
 * @param seed of the judge, of noise and of resamplings
 */
public record PictureQualityStage(Terminal terminal, int count, long seed) {
  public PictureQualityStage {
    if (count < 100) {
      throw new IllegalArgumentException("--count " + count + ": must be at least 100");
    }
  }

  /**
   * What is measured with.
   *
   * @param judge closed with this
   * @param subjects the real ones', which networks draw
   * @param other real ones beside them, of the same classes where there are enough of each; held
   *     out too where there are as many again, else of training
   */
  public record Bench(
      Judge judge,
      PictureEvaluation evaluation,
      PictureSet real,
      Subjects subjects,
      PictureSet other)
      implements AutoCloseable {
    /** Real pictures beside other real ones: what no network can be told from. */
    public Row floor() {
      return new Row("real", 0, evaluation.of(other), Optional.empty());
    }

    /** The judge's share of right answers on the real ones. */
    public double accuracy() {
      return judge.accuracy(real);
    }

    @Override
    public void close() {
      judge.close();
    }
  }

  /**
   * A line of the table.
   *
   * @param name of the network
   * @param steps of its sampling; 0 for real pictures
   */
  public record Row(String name, int steps, Quality quality, Optional<Drawing> drawing) {
    /** As a result has it. */
    public Map<String, Object> fields() {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("name", name);
      fields.put("steps", steps);
      put(fields, "fid", quality.frechet());
      put(fields, "kid", quality.kernel());
      fields.put("precision", quality.precision());
      fields.put("recall", quality.recall());
      put(fields, "consistency", quality.consistency());
      fields.put("diversity", quality.diversity());
      drawing.ifPresent(
          drawn -> {
            fields.put("pictures_per_s", drawn.picturesPerSecond());
            fields.put("ms_for_one", drawn.millisForOne());
          });
      return fields;
    }

    private static void put(Map<String, Object> fields, String name, Figure figure) {
      fields.put(name, figure.value());
      fields.put(name + "_95", figure.halfWidth());
    }

    /** The columns' names, as {@link #line} fills them. */
    public static String head() {
      return "%-8s %5s %17s %19s %6s %6s %12s %6s %10s %8s"
          .formatted(
              "",
              "steps",
              "FID",
              "KID x 1000",
              "prec.",
              "recall",
              "consistent",
              "div.",
              "pict./s",
              "ms one");
    }

    /** For people. */
    public String line() {
      return String.format(
          Locale.ROOT,
          "%-8s %5s %8.3f +- %5.3f %9.3f +- %6.3f %6.3f %6.3f %5.1f +- %3.1f %6.3f %10s %8s",
          name,
          steps == 0 ? "" : steps,
          quality.frechet().value(),
          quality.frechet().halfWidth(),
          1000 * quality.kernel().value(),
          1000 * quality.kernel().halfWidth(),
          quality.precision(),
          quality.recall(),
          100 * quality.consistency().value(),
          100 * quality.consistency().halfWidth(),
          quality.diversity(),
          drawing.map(d -> String.format(Locale.ROOT, "%.0f", d.picturesPerSecond())).orElse(""),
          drawing.map(d -> String.format(Locale.ROOT, "%.1f", d.millisForOne())).orElse(""));
    }
  }

  /** Opens a judge. */
  @FunctionalInterface
  private interface Opening {
    Judge open() throws IOException;
  }

  /**
   * Prepares to measure pictures of classes. Empty if Ctrl-C came while the judge was trained.
   *
   * @param judge its folder
   * @param plan of its training
   */
  public Optional<Bench> open(Path judge, EncoderPlan plan, PictureSet train, PictureSet test)
      throws IOException {
    int classes = train.classes();
    return open(
        new EncoderTrainingPlan(
            judge, plan, train, (width, source) -> new Labels(width, classes, source)),
        test,
        Subjects.Classes::new,
        () -> PictureJudge.open(judge));
  }

  /**
   * Prepares to measure pictures of captions: the judge is told the right one among others.
   *
   * @param seen the captions of training
   * @param unseen embeddings of the held-out pictures' captions, one each
   */
  public Optional<Bench> open(
      Path judge,
      EncoderPlan plan,
      PictureSet train,
      Captions seen,
      PictureSet test,
      float[][] unseen)
      throws IOException {
    float[][] known = seen.vectors().vectors();
    float[][] all = Arrays.copyOf(known, known.length + unseen.length);
    System.arraycopy(unseen, 0, all, known.length, unseen.length);
    int[] captioned =
        IntStream.range(0, train.count()).filter(i -> seen.of(i) != seen.none()).toArray();
    PictureSet told =
        train.select(captioned).labelled(Arrays.stream(captioned).map(seen::of).toArray());
    return open(
        new EncoderTrainingPlan(
            judge, plan, told, (width, source) -> new CaptionMatch(width, known, source)),
        test.labelled(IntStream.range(known.length, all.length).toArray()),
        labels -> new Subjects.Captions(select(all, labels)),
        () -> CaptionJudge.open(judge, all));
  }

  private static float[][] select(float[][] all, int[] chosen) {
    return Arrays.stream(chosen).mapToObj(i -> all[i]).toArray(float[][]::new);
  }

  /** How a judge is trained. */
  private record EncoderTrainingPlan(
      Path folder, EncoderPlan plan, PictureSet pictures, EncoderTraining.Aim aim) {}

  private Optional<Bench> open(
      EncoderTrainingPlan judge,
      PictureSet test,
      Function<int[], Subjects> subjects,
      Opening opening)
      throws IOException {
    requireEnough(test);
    requireEnough(judge.pictures);
    long steps = judge.plan.steps();
    PictureTrainingStage.Trained trained =
        new PictureTrainingStage(terminal, judge.folder, steps, steps)
            .train(
                "judge",
                () -> new EncoderTraining(judge.folder, judge.plan, judge.pictures, judge.aim));
    if (!trained.finished()) {
      return Optional.empty();
    }
    RandomStream random = RandomStream.of(seed);
    PictureSet unseen = test.shuffled(random.stream("unseen"));
    PictureSet real = unseen.part(0, count);
    PictureSet rest =
        unseen.count() < 2 * count
            ? judge.pictures.shuffled(random.stream("seen"))
            : unseen.part(count, unseen.count());
    // Networks draw the real ones' classes: another mix of them would be a distance of its own.
    PictureSet other = rest.ofLabels(real.labels()).orElseGet(() -> rest.part(0, count));
    Judge open = opening.open();
    try {
      PictureEvaluation evaluation = new PictureEvaluation(open, real, seed);
      return Optional.of(new Bench(open, evaluation, real, subjects.apply(real.labels()), other));
    } catch (RuntimeException problem) {
      open.close();
      throw problem;
    }
  }

  private void requireEnough(PictureSet pictures) {
    if (pictures.count() < count) {
      throw new IllegalArgumentException(
          "--count "
              + count
              + ": there are only "
              + pictures.count()
              + " pictures to compare with");
    }
  }

  /** Draws what the real pictures show with a network, and measures. */
  public Row measure(Bench bench, String name, PixelPipeline network, int steps) {
    Drawing drawing = Drawing.of(network, steps, bench.subjects(), bench.real().labels(), seed);
    return new Row(name, steps, bench.evaluation().of(drawing.pictures()), Optional.of(drawing));
  }
}
