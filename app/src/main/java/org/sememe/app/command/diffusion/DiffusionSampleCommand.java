package org.sememe.app.command.diffusion;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.pictures.CaptionEncoder;
import org.sememe.app.pictures.PngFile;
import org.sememe.app.terminal.Terminal;
import org.sememe.diffusion.pipeline.Guidance;
import org.sememe.diffusion.pipeline.LatentPipeline;
import org.sememe.diffusion.pipeline.Noise;
import org.sememe.diffusion.pipeline.PictureRequest;
import org.sememe.diffusion.pipeline.Pictures;
import org.sememe.diffusion.pipeline.PixelPipeline;
import org.sememe.diffusion.pipeline.PixelRequest;
import org.sememe.diffusion.pipeline.Subjects;
import org.sememe.models.unet.Tap;
import org.sememe.tensors.Torch;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Draws pictures of a text, a caption or a class. */
@Command(
    name = "sample",
    description = "Draw pictures of a text, a caption or a class.",
    footer = {
      "",
      "Examples:",
      "  sememe diffusion sample sd-turbo --prompt \"a red house by the sea\" --out house.png",
      "  sememe diffusion sample runs/mnist --class 7 --steps 50 --count 8 --out sevens.png",
      "  sememe diffusion sample runs/emoji --caption \"a red apple\" --caption \"a green apple\""
          + " --count 4 --out apples.png"
    })
public final class DiffusionSampleCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;

  @Parameters(
      paramLabel = "DIR",
      description =
          "A folder of diffusers: a Stable Diffusion or SDXL pipeline (--prompt), or unet and"
              + " scheduler of a class-conditional UNet2DModel (--class), or a run that was trained on"
              + " captions (--caption).")
  private Path folder;

  @ArgGroup(multiplicity = "1")
  private Subject subject;

  private static final class Subject {
    @Option(names = "--prompt", paramLabel = "TEXT", description = "What the picture shows.")
    private String prompt;

    @Option(
        names = "--caption",
        paramLabel = "TEXT",
        description =
            "What --count pictures show, by a run that was trained on captions; may be given several"
                + " times: a line a caption.")
    private List<String> captions = List.of();

    @Option(names = "--class", paramLabel = "N", description = "The picture's class.")
    private Integer label;

    @Option(
        names = "--each-class",
        description =
            "Draw --count pictures of each class but the last, which stands for none: a column a"
                + " class.")
    private boolean each;
  }

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "1",
      description = "Steps of the sampling (default: ${DEFAULT-VALUE}).")
  private int steps;

  @Option(
      names = "--guidance",
      paramLabel = "G",
      defaultValue = "0",
      description =
          "Guidance by the prompt or the class, away from the last class, which stands for none in"
              + " runs of diffusion train; none up to 1 (default: ${DEFAULT-VALUE}).")
  private double guidance;

  @Option(
      names = "--negative",
      paramLabel = "TEXT",
      description = "What guidance leads away from (default: nothing).")
  private String negative;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "1",
      description = "Pictures, side by side in one file (default: ${DEFAULT-VALUE}).")
  private int count;

  @Option(
      names = "--size",
      paramLabel = "PIXELS",
      description = "Side of a picture (default: that of training).")
  private Integer size;

  @Option(
      names = "--variant",
      paramLabel = "NAME",
      defaultValue = "",
      description = "Which of several weight files to read, as fp16 (default: the plain ones).")
  private String variant;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "The same seed draws the same pictures (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "The PNG file to write.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    if (count < 1 || steps < 1) {
      throw common.wrong("--count " + count + " --steps " + steps + ": both have to be at least 1");
    }
    if (subject.prompt == null && negative != null) {
      throw common.wrong("--negative needs a --prompt");
    }
    if (negative != null && guidance <= 1) {
      throw common.wrong("--negative does nothing without a --guidance above 1");
    }
    Guidance guide = common.checked(() -> new Guidance(guidance, 0));
    Torch.start(common.threads());
    Drawn drawn = subject.prompt == null ? inPixels(guide) : ofPrompt(guide);
    PngFile.write(out, drawn.pictures.sheet(drawn.columns));
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("out", out.toAbsolutePath().normalize().toString());
    fields.put("pictures", drawn.pictures.count());
    fields.put("height", drawn.pictures.height());
    fields.put("width", drawn.pictures.width());
    fields.put("steps", steps);
    fields.put("seed", seed);
    fields.put("seconds", drawn.seconds);
    fields.put("pictures_per_s", drawn.pictures.count() / drawn.seconds);
    terminal.say(
        String.format(
            Locale.ROOT,
            "%s: %d picture%s of %d x %d in %d step%s, %.2f s",
            out,
            drawn.pictures.count(),
            drawn.pictures.count() == 1 ? "" : "s",
            drawn.pictures.width(),
            drawn.pictures.height(),
            steps,
            steps == 1 ? "" : "s",
            drawn.seconds));
    terminal.result(fields);
    return 0;
  }

  /** Pictures, how many go side by side, and how long they took, without opening the model. */
  private record Drawn(Pictures pictures, int columns, double seconds) {}

  private Drawn ofPrompt(Guidance guide) throws IOException {
    try (LatentPipeline pipeline = LatentPipeline.open(folder, variant)) {
      PictureRequest request =
          new PictureRequest(
              Collections.nCopies(count, subject.prompt),
              steps,
              guide,
              Optional.ofNullable(negative),
              Optional.ofNullable(size).map(side -> new PictureRequest.Size(side, side)),
              Optional.empty());
      long start = System.nanoTime();
      Pictures pictures = pipeline.draw(request, Noise.seeded(seed), Tap.NONE);
      return new Drawn(pictures, count, (System.nanoTime() - start) / 1e9);
    }
  }

  private Drawn inPixels(Guidance guide) throws IOException {
    if (Files.exists(folder.resolve("vae"))) {
      throw common.wrong(folder + " draws from texts: give a --prompt");
    }
    try (PixelPipeline pipeline = PixelPipeline.open(folder, variant)) {
      int columns = subject.each ? pipeline.classes() - 1 : count;
      Subjects subjects = subject.captions.isEmpty() ? classes(columns) : captions();
      PixelRequest request =
          new PixelRequest(
              subjects,
              steps,
              guide,
              size == null ? OptionalInt.empty() : OptionalInt.of(size),
              Optional.empty());
      long start = System.nanoTime();
      Pictures pictures = pipeline.draw(request, Noise.seeded(seed), Tap.NONE);
      return new Drawn(pictures, columns, (System.nanoTime() - start) / 1e9);
    }
  }

  private Subjects classes(int columns) {
    int[] labels = new int[subject.each ? columns * count : count];
    Arrays.setAll(labels, i -> subject.each ? i % columns : subject.label);
    return new Subjects.Classes(labels);
  }

  private Subjects captions() throws IOException {
    try (CaptionEncoder encoder = CaptionEncoder.open(PictureOptions.opener(common), folder)) {
      return new Subjects.Captions(
          Arrays.stream(encoder.vectors(subject.captions))
              .flatMap(vector -> Collections.nCopies(count, vector).stream())
              .toArray(float[][]::new));
    }
  }
}
