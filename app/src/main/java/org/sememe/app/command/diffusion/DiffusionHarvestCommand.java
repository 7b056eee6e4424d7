package org.sememe.app.command.diffusion;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import org.sememe.activations.HarvestResult;
import org.sememe.activations.SampleStore;
import org.sememe.activations.StoreManifest;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.pictures.ModuleMap;
import org.sememe.app.pictures.PictureModules;
import org.sememe.app.terminal.Progress;
import org.sememe.app.terminal.Terminal;
import org.sememe.app.terminal.Unit;
import org.sememe.diffusion.pipeline.PixelPipeline;
import org.sememe.diffusion.runs.ParameterDigest;
import org.sememe.models.unet.Tap;
import org.sememe.tensors.Torch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Keeps what modules of a picture network give when it draws. */
@Command(
    name = "harvest",
    description =
        "Let a network draw pictures of its classes and keep what some of its modules give in the"
            + " last step, a row a spatial position: a store that sememe train takes as it takes"
            + " that of a text.",
    footer = {
      "",
      "Examples:",
      "  sememe diffusion harvest runs/student --hooks mid_block --count 4000 --out stores/student",
      "  sememe train --store stores/student --latents 512 --k 8 --tokens 500k --out runs/parts",
      "  sememe diffusion show runs/student --dictionary runs/parts --out parts.html"
    })
public final class DiffusionHarvestCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;

  @Parameters(
      paramLabel = "DIR",
      description = "A run of sememe diffusion train or distill, or unet and scheduler beside.")
  private Path folder;

  @Option(
      names = {"--hooks", "--hook"},
      paramLabel = "PATH",
      split = ",",
      required = true,
      description = "Modules by diffusers' paths, of one map size, such as mid_block.")
  private List<String> hooks;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "4000",
      description = "Pictures to draw, of all classes in turn (default: ${DEFAULT-VALUE}).")
  private int count;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "1",
      description = "Steps of a sampling (default: ${DEFAULT-VALUE}).")
  private int steps;

  @Option(
      names = "--held-out",
      paramLabel = "SHARE",
      defaultValue = "0.1",
      description = "Share of pictures that are held out (default: ${DEFAULT-VALUE}).")
  private double heldOut;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "The same seed draws the same pictures (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(names = "--out", paramLabel = "DIR", required = true, description = "The store's folder.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    if (count < 1 || steps < 1) {
      throw common.wrong("--count " + count + " --steps " + steps + ": both have to be at least 1");
    }
    Torch.start(common.threads());
    HarvestResult result;
    try (PixelPipeline pipeline = PixelPipeline.open(folder, "")) {
      PictureModules network = new PictureModules(pipeline, steps);
      SampleStore.Plan plan = common.checked(() -> plan(network));
      try (Progress progress = terminal.progress("harvest", Unit.PICTURES, count)) {
        result = SampleStore.write(out, plan, sink -> drawInto(network, sink, progress));
      }
    }
    terminal.say(
        String.format(
            Locale.ROOT,
            "%s: %,d pictures, %,d rows of %s",
            out,
            result.documents(),
            result.rows(),
            String.join(", ", hooks)));
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("store", out.toAbsolutePath().normalize().toString());
    fields.put("pictures", result.documents());
    fields.put("rows", result.rows());
    fields.put("reused", result.reused());
    terminal.result(fields);
    return 0;
  }

  private SampleStore.Plan plan(PictureModules network) {
    SequencedMap<String, ModuleMap> modules = network.modules();
    ModuleMap one = PictureModules.required(modules, hooks.getFirst());
    SequencedMap<String, Integer> widths = new LinkedHashMap<>();
    for (String hook : hooks) {
      ModuleMap map = PictureModules.required(modules, hook);
      if (map.height() != one.height() || map.width() != one.width()) {
        throw new IllegalArgumentException(
            "%s gives maps of %d x %d and %s of %d x %d: a store holds modules of one size"
                .formatted(
                    hooks.getFirst(), one.height(), one.width(), hook, map.height(), map.width()));
      }
      widths.put(hook, map.channels());
    }
    Path path = folder.toAbsolutePath().normalize();
    return new SampleStore.Plan(
        new StoreManifest.Model(
            path.getFileName().toString(),
            path.toString(),
            ParameterDigest.of(network.pipeline().net().parameters())),
        widths,
        one.places(),
        count,
        "drawn in %d steps, seed %d".formatted(steps, seed),
        heldOut,
        seed);
  }

  private void drawInto(PictureModules network, SampleStore.Sink sink, Progress progress)
      throws IOException {
    for (int first : PictureModules.batches(count)) {
      int some = Math.min(PictureModules.BATCH, count - first);
      PictureModules.Drawn drawn = network.draw(first, some, seed, hooks, Tap.NONE);
      for (int sample = 0; sample < some; sample++) {
        int at = sample;
        sink.add(
            drawn.labels()[sample],
            drawn.maps().values().stream().map(map -> map.sample(at)).toList());
      }
      progress.update(first + some);
    }
  }
}
