package org.sememe.app.command;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.inputs.RunRows;
import org.sememe.app.stages.StageClock;
import org.sememe.app.sweep.Sweep;
import org.sememe.app.sweep.SweepGrid;
import org.sememe.app.sweep.SweepMember;
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
      "  sememe sweep --resume sweeps/layer9"
    })
public final class SweepCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;
  @Mixin private RowOptions source;
  @Mixin private DictionaryOptions dictionary;
  @Mixin private MeasureOptions measure;

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

  private Map<String, String> with(Map<String, String> changes) {
    Map<String, String> all = new LinkedHashMap<>(changes);
    all.putAll(source.kind(common));
    return all;
  }

  @Override
  public Integer call() throws IOException {
    SweepJob job = new SweepJob(common.terminal(), common.threads(), new StageClock(), "sweep");
    if (resume.isPresent()) {
      if (out.isPresent() || !grid.isEmpty() || !members.isEmpty()) {
        throw common.wrong("--resume goes on with what was begun: leave --out and recipes out");
      }
      Sweep sweep = Sweep.read(resume.get());
      RunRows rows =
          RunRows.of(sweep.provenance(), new ModelOpener(common.terminal(), common.threads()));
      return job.run(resume.get(), sweep, rows, sweep.measure().map(measure::over).orElse(measure));
    }
    if (out.isEmpty() || tokens < 1) {
      throw common.wrong("a new sweep needs --out and --tokens");
    }
    List<SweepMember> runs =
        common.checked(
            () ->
                SweepGrid.of(grid, members, seeds)
                    .members(changes -> dictionary.options(tokens, with(changes))));
    if (Sweep.in(out.get())) {
      throw new FileAlreadyExistsException(
          out.get().toString(),
          null,
          "holds a sweep already: go on with --resume, or give another folder");
    }
    RunRows given = source.rows(common);
    RunRows rows = given.rowSeed().isPresent() ? given : given.inOrder(runs.getFirst().seed());
    Sweep sweep = Sweep.of(rows.provenance(), measure.kept(), runs);
    sweep.write(out.get());
    return job.run(out.get(), sweep, rows, measure);
  }
}
