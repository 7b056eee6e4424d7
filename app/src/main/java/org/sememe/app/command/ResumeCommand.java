package org.sememe.app.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.command.options.MeasureOptions;
import org.sememe.app.command.options.RankOptions;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.inputs.RunRows;
import org.sememe.app.stages.StageClock;
import org.sememe.app.sweep.Sweep;
import org.sememe.app.terminal.Terminal;
import org.sememe.training.TrainingRun;
import org.sememe.training.ranks.Sharding;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Goes on with a run that was stopped or killed. */
@Command(
    name = "resume",
    description =
        "Go on with a training run that was stopped or killed, to the same weights bit for bit; or"
            + " with all runs of a folder that train --hooks or sweep made.",
    footer = {"", "Examples:", "  sememe resume runs/layer9", "  sememe resume runs/every-layer"})
public final class ResumeCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;
  @Mixin private MeasureOptions measure;
  @Mixin private RankOptions ranks;

  @Parameters(paramLabel = "RUN", description = "The folder of the run or the runs.")
  private Path folder;

  @Override
  public Integer call() throws IOException {
    if (Sweep.in(folder)) {
      return ManyRuns.resume(folder, common, measure, ranks);
    }
    OptionalInt launched = ranks.launched(Sharding.ROWS);
    if (launched.isPresent()) {
      return launched.getAsInt();
    }
    Terminal terminal = common.terminal();
    TrainingRun run = TrainingRun.open(folder);
    RunRows rows = RunRows.of(run.provenance(), new ModelOpener(terminal, common.threads()));
    return new TrainJob(terminal, common.threads(), new StageClock())
        .resume(run, rows, measure, ranks);
  }
}
