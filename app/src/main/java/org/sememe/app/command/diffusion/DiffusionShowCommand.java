package org.sememe.app.command.diffusion;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.inputs.DictionaryFolder;
import org.sememe.app.pictures.PictureModules;
import org.sememe.app.pictures.PictureReport;
import org.sememe.app.terminal.Progress;
import org.sememe.app.terminal.Terminal;
import org.sememe.app.terminal.Unit;
import org.sememe.diffusion.pipeline.PixelPipeline;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.tensors.AtomicFile;
import org.sememe.tensors.Torch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows features of a picture network as pictures. */
@Command(
    name = "show",
    description =
        "Show what a dictionary's features are in the pictures that a network draws: the strongest"
            + " pictures of each with heat maps, and what leaving it out does beside random"
            + " directions. A page that stands alone.",
    footer = {
      "",
      "Example:",
      "  sememe diffusion show runs/student --dictionary runs/parts --out parts.html"
    })
public final class DiffusionShowCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;

  @Parameters(paramLabel = "DIR", description = "The network, as diffusion harvest took it.")
  private Path folder;

  @Option(
      names = "--dictionary",
      paramLabel = "DICT",
      required = true,
      description = "A dictionary trained on the rows of one of its modules.")
  private String dictionary;

  @Option(
      names = "--features",
      paramLabel = "N",
      split = ",",
      description =
          "Which (default: the largest by summed squares that are active at a fifth of the"
              + " positions at most).")
  private List<Integer> features = new ArrayList<>();

  @Option(
      names = "--most",
      paramLabel = "N",
      defaultValue = "24",
      description = "How many of the largest (default: ${DEFAULT-VALUE}).")
  private int most;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Pictures to draw, of all classes in turn (default: ${DEFAULT-VALUE}).")
  private int count;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "1",
      description = "Steps of a sampling (default: ${DEFAULT-VALUE}).")
  private int steps;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of the pictures; another than the harvest's (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(names = "--out", paramLabel = "FILE", required = true, description = "The page to write.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    if (count < 1 || steps < 1 || most < 1) {
      throw common.wrong(
          "--count %d --steps %d --most %d: all have to be at least 1"
              .formatted(count, steps, most));
    }
    Torch.start(common.threads());
    try (PixelPipeline pipeline = PixelPipeline.open(folder, "");
        Dictionary opened = DictionaryFolder.of(dictionary).open(common.threads())) {
      PictureModules network = new PictureModules(pipeline, steps);
      String hook = common.checked(() -> network.hook(opened));
      PictureReport report = new PictureReport(network, opened, hook, seed);
      PictureReport.Found found;
      try (Progress progress = terminal.progress("show", Unit.PICTURES, count)) {
        found = common.checked(() -> report.look(count, features, most, progress));
      }
      String page = found.page("Features of " + folder.getFileName() + ", " + hook);
      AtomicFile.write(out, stream -> stream.write(page.getBytes(StandardCharsets.UTF_8)));
      terminal.say(
          String.format(
              Locale.ROOT,
              "%s: %d features over %,d pictures",
              out,
              found.features().size(),
              found.seen().pictures()));
      terminal.result(fields(found, hook));
    }
    return 0;
  }

  private Map<String, Object> fields(PictureReport.Found found, String hook) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("out", out.toAbsolutePath().normalize().toString());
    fields.put("hook", hook);
    fields.put("pictures", found.seen().pictures());
    fields.put("positions", found.seen().positions());
    fields.put("latents_used", found.seen().used());
    List<Map<String, Object>> list = new ArrayList<>();
    found
        .features()
        .forEach(
            (feature, check) -> {
              Map<String, Object> one = new LinkedHashMap<>();
              one.put("feature", feature.latent());
              one.put("density", (double) feature.active() / found.seen().positions());
              one.put("max_activation", feature.largest());
              one.put("mean_activation", feature.mean());
              one.put("classes", feature.kinds());
              one.put("edited_pictures", check.pictures());
              one.put("inside", check.inside());
              one.put("outside", check.outside());
              one.put("random_inside", check.randomInside());
              one.put("random_outside", check.randomOutside());
              list.add(one);
            });
    fields.put("features", list);
    return fields;
  }
}
