package org.sememe.app.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.command.options.DictionaryOptions;
import org.sememe.app.command.options.MeasureOptions;
import org.sememe.app.command.options.RankOptions;
import org.sememe.app.command.options.RowOptions;
import org.sememe.app.inputs.RunRows;
import org.sememe.app.stages.StageClock;
import org.sememe.app.sweep.SweepGrid;
import org.sememe.app.terminal.Terminal;
import org.sememe.training.TrainOptions;
import org.sememe.training.TrainingRun;
import org.sememe.training.ranks.Sharding;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains a dictionary, then measures it. */
@Command(
    name = "train",
    description =
        "Train a dictionary on a store's rows, or straight from a model (MODEL --text"
            + " --hook), then measure it on held-out text. With --target it is a transcoder, with"
            + " several hook points or models a crosscoder. With --hooks it trains a dictionary of each"
            + " hook point on one pass of the model, each in a folder of its own inside --out.",
    footer = {
      "",
      "Examples:",
      "  sememe train --store stores/layer9 --latents 4608 --k 32 --tokens 1M --out runs/layer9",
      "  sememe train --store stores/layer9 --recipe anthropic-2024-04 --set penalty-weight=3"
          + " --tokens 1M --out runs/relu",
      "  sememe train smollm2-135m-instruct --text wordnet --hook blocks.9.hook_resid_post"
          + " --tokens 1M --out runs/stream",
      "  sememe train smollm2-135m-instruct --text wordnet --hook blocks.9.ln2.hook_normalized"
          + " --target blocks.9.hook_mlp_out --set skip=true --tokens 1M --out runs/transcoder",
      "  sememe train --store stores/two --hook blocks.9.hook_resid_post,blocks.10.hook_resid_post"
          + " --tokens 1M --out runs/crosscoder",
      "  sememe train models/base+models/chat --text wordnet --hook blocks.9.hook_resid_post"
          + " --tokens 1M --out runs/diff",
      "  sememe train smollm2-135m-instruct --text wordnet --hooks 'blocks.*.hook_mlp_out'"
          + " --tokens 1M --out runs/every-layer"
    })
public final class TrainCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;
  @Mixin private RowOptions source;
  @Mixin private DictionaryOptions dictionary;
  @Mixin private MeasureOptions measure;
  @Mixin private RankOptions ranks;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      required = true,
      description = "Rows to train on, repeats counted.")
  private long tokens;

  @Option(names = "--out", paramLabel = "DIR", required = true, description = "The run's folder.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    if (!source.patterns(common).isEmpty()) {
      ManyRuns runs = new ManyRuns(common, source, dictionary, measure, ranks);
      return runs.begin(
          out, tokens, common.checked(() -> SweepGrid.of(runs.withHooks(Map.of()), List.of(), 1)));
    }
    OptionalInt launched = ranks.launched(Sharding.ROWS);
    if (launched.isPresent()) {
      return launched.getAsInt();
    }
    Terminal terminal = common.terminal();
    TrainOptions options = common.checked(() -> dictionary.options(tokens, source.kind(common)));
    TrainJob job = new TrainJob(terminal, common.threads(), new StageClock());
    RunRows rows = source.rows(common);
    TrainingRun run = TrainingRun.create(out, rows.provenance());
    return job.train(run, rows, options, measure, ranks);
  }
}
