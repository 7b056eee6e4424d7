package org.sememe.app.command.diffusion;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.pictures.CaptionEncoder;
import org.sememe.app.pictures.CaptionedSheet;
import org.sememe.app.pictures.PngFile;
import org.sememe.app.terminal.Terminal;
import org.sememe.diffusion.conditions.CaptionVectors;
import org.sememe.diffusion.pictures.NamedPictures;
import org.sememe.diffusion.pictures.PictureSplit;
import org.sememe.diffusion.pipeline.Guidance;
import org.sememe.diffusion.pipeline.Noise;
import org.sememe.diffusion.pipeline.Pictures;
import org.sememe.diffusion.pipeline.PixelPipeline;
import org.sememe.diffusion.pipeline.PixelRequest;
import org.sememe.diffusion.pipeline.Subjects;
import org.sememe.diffusion.student.Lineage;
import org.sememe.models.unet.Tap;
import org.sememe.tensors.Torch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Draws captions that a run was not trained on. */
@Command(
    name = "sheet",
    description =
        "Draw held-out captions, which no network was trained on: the real picture, the teacher's"
            + " and the student's from the same noise, with the caption below them, in one PNG"
            + " file.",
    footer = {
      "",
      "Example:",
      "  sememe diffusion sheet runs/student --pictures emoji --side 24 --out sheet.png"
    })
public final class DiffusionSheetCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;
  @Mixin private PictureOptions pictures;

  @Parameters(
      paramLabel = "RUN",
      description = "A run of diffusion distill on captions, or of diffusion train.")
  private Path run;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "24",
      description = "Captions, evenly from all that are held out (default: ${DEFAULT-VALUE}).")
  private int count;

  @Option(
      names = "--teacher-steps",
      paramLabel = "N",
      defaultValue = "25",
      description = "Steps of the teacher's sampling (default: ${DEFAULT-VALUE}).")
  private int teacherSteps;

  @Option(
      names = "--guidance",
      paramLabel = "G",
      defaultValue = "0",
      description = "The teacher's guidance by the caption (default: ${DEFAULT-VALUE}, none).")
  private double guidance;

  @Option(
      names = "--student-steps",
      paramLabel = "N",
      defaultValue = "1",
      description = "Steps of the student's sampling (default: ${DEFAULT-VALUE}).")
  private int studentSteps;

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

  /** A network, and how it draws. */
  private record Column(String name, Path folder, int steps, Guidance guidance) {}

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    if (count < 1 || teacherSteps < 1 || studentSteps < 1) {
      throw common.wrong("--count, --teacher-steps and --student-steps: all at least 1");
    }
    Guidance guide = common.checked(() -> new Guidance(guidance, 0));
    Torch.start(common.threads());
    NamedPictures held = unseen();
    float[][] vectors;
    try (CaptionEncoder encoder = CaptionEncoder.open(PictureOptions.opener(common), run)) {
      vectors = encoder.vectors(held.captions());
    }
    List<String> heads = new ArrayList<>(List.of("real"));
    List<Pictures> columns = new ArrayList<>(List.of(real(held)));
    for (Column column : columns(guide)) {
      heads.add(column.name + ", " + column.steps);
      columns.add(drawn(column, vectors));
    }
    List<CaptionedSheet.Group> groups =
        IntStream.range(0, vectors.length)
            .mapToObj(
                i ->
                    new CaptionedSheet.Group(
                        held.captions().get(i),
                        Pictures.joined(columns.stream().map(column -> column.one(i)).toList())))
            .toList();
    PngFile.write(out, new CaptionedSheet(heads, groups).image());
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("out", out.toAbsolutePath().normalize().toString());
    fields.put("captions", held.captions());
    fields.put("columns", heads);
    fields.put("seed", seed);
    terminal.say(
        String.format(Locale.ROOT, "%s: %,d held-out captions, %s", out, vectors.length, heads));
    terminal.result(fields);
    return 0;
  }

  /** Held-out pictures, evenly, whose captions the run has not. */
  private NamedPictures unseen() throws IOException {
    NamedPictures held = pictures.read(common, PictureSplit.TEST);
    if (held.captions().isEmpty()) {
      throw new IOException("these pictures have no captions");
    }
    List<String> seen =
        CaptionVectors.read(run).map(CaptionVectors::captions).orElse(Collections.emptyList());
    int[] fresh =
        IntStream.range(0, held.set().count())
            .filter(i -> !seen.contains(held.captions().get(i)))
            .toArray();
    if (fresh.length == 0) {
      throw new IOException(
          "no held-out picture has a caption that " + run + " was not trained on");
    }
    int wanted = Math.min(count, fresh.length);
    return held.select(
        IntStream.range(0, wanted)
            .map(i -> fresh[(int) ((long) i * fresh.length / wanted)])
            .toArray());
  }

  private List<Column> columns(Guidance guide) throws IOException {
    Optional<Path> teacher = Lineage.read(run).map(Lineage::teacher);
    Column own = new Column("student", run, studentSteps, Guidance.NONE);
    return teacher.isEmpty()
        ? List.of(new Column("teacher", run, teacherSteps, guide))
        : List.of(new Column("teacher", teacher.get(), teacherSteps, guide), own);
  }

  private static Pictures real(NamedPictures held) {
    try (PointerScope scope = new PointerScope()) {
      return Pictures.of(held.set().tensor(IntStream.range(0, held.set().count()).toArray()));
    }
  }

  /** From noise that is the same for every network. */
  private Pictures drawn(Column column, float[][] vectors) throws IOException {
    try (PixelPipeline pipeline = PixelPipeline.open(column.folder, "")) {
      PixelRequest request =
          new PixelRequest(
              new Subjects.Captions(vectors),
              column.steps,
              column.guidance,
              OptionalInt.empty(),
              Optional.empty());
      return pipeline.draw(request, Noise.seeded(seed), Tap.NONE);
    }
  }
}
