package org.sememe.app.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.command.options.DictionaryOptions;
import org.sememe.app.command.options.MeasureOptions;
import org.sememe.app.command.options.RankOptions;
import org.sememe.app.command.options.RowOptions;
import org.sememe.app.sweep.SweepGrid;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains many dictionaries on one stream of rows, and compares them. */
@Command(
    name = "sweep",
    description =
        "Train many dictionaries on one stream of rows in one pass, each to the same weights as"
            + " alone, and compare them: variance unexplained and cross-entropy recovered against"
            + " L0.",
    footer = {
      "",
      "Examples:",
      "  sememe sweep --store stores/layer9 --tokens 1M --grid k=16,32,64"
          + " --grid architecture=topk,batchtopk --seeds 3 --out sweeps/layer9",
      "  sememe sweep --store stores/layer9 --tokens 1M --member architecture=topk,k=32"
          + " --member architecture=batchtopk,k=24 --out sweeps/two",
      "  sememe sweep --store stores/layer9 --tokens 1M --grid recipe=openai-topk,batchtopk"
          + " --out sweeps/recipes",
      "  sememe sweep smollm2-135m-instruct --text wordnet --hooks 'blocks.*.hook_mlp_out'"
          + " --grid k=16,32 --tokens 1M --out sweeps/layers",
      "  sememe sweep --store stores/two --member hook=blocks.3.hook_mlp_out,k=16"
          + " --member hook=blocks.9.hook_mlp_out,k=32,latents=9216 --tokens 1M --out sweeps/own",
      "  sememe sweep --resume sweeps/layer9"
    })
public final class SweepCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;
  @Mixin private RowOptions source;
  @Mixin private DictionaryOptions dictionary;
  @Mixin private MeasureOptions measure;
  @Mixin private RankOptions ranks;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      description = "Rows to train each dictionary on, repeats counted.")
  private long tokens;

  @Option(
      names = "--grid",
      paramLabel = "KEY=V,V,...",
      description =
          "Values of an option of training (see --set); several grids make every combination."
              + " Values that hold commas are separated by semicolons.")
  private Map<String, String> grid = new LinkedHashMap<>();

  @Option(
      names = "--member",
      paramLabel = "KEY=V,KEY=V,...",
      description = "A recipe; may be given several times, and is combined with the grids.")
  private List<String> members = new ArrayList<>();

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description =
          "Dictionaries of each recipe, with weights from --seed on, all on the same rows"
              + " (default: ${DEFAULT-VALUE}).")
  private int seeds = 1;

  @Option(names = "--out", paramLabel = "DIR", description = "The sweep's folder.")
  private Optional<Path> out = Optional.empty();

  @Option(
      names = "--resume",
      paramLabel = "DIR",
      description = "Go on with a sweep that was stopped or killed; takes no other recipe.")
  private Optional<Path> resume = Optional.empty();

  @Override
  public Integer call() throws IOException {
    if (resume.isPresent()) {
      if (out.isPresent() || !grid.isEmpty() || !members.isEmpty()) {
        throw common.wrong("--resume goes on with what was begun: leave --out and recipes out");
      }
      return ManyRuns.resume(resume.get(), common, measure, ranks);
    }
    if (out.isEmpty() || tokens < 1) {
      throw common.wrong("a new sweep needs --out and --tokens");
    }
    ManyRuns runs = new ManyRuns(common, source, dictionary, measure, ranks);
    SweepGrid recipes = common.checked(() -> SweepGrid.of(runs.withHooks(grid), members, seeds));
    return runs.begin(out.get(), tokens, recipes);
  }
}
