package org.sememe.app.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.sememe.analysis.evaluation.EvaluationReport;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.command.options.MeasureOptions;
import org.sememe.app.inputs.DictionaryFolder;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.stages.Scores;
import org.sememe.app.stages.StageClock;
import org.sememe.app.terminal.Terminal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Measures how good a dictionary is. */
@Command(
    name = "eval",
    description =
        "Measure a dictionary on held-out rows: reconstruction, sparsity, and what the model loses"
            + " with reconstructions in place.",
    footer = {"", "Example:", "  sememe eval runs/layer9"})
public final class EvalCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;
  @Mixin private MeasureOptions measure;

  @Parameters(paramLabel = "DICT", description = DictionaryFolder.WHAT)
  private String dictionary;

  @Option(
      names = "--store",
      paramLabel = "DIR",
      description = "The store to measure on (default: the one its run was trained on).")
  private Optional<Path> store = Optional.empty();

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    StageClock clock = new StageClock();
    common.checked(measure::options);
    EvaluationReport report =
        new EvaluateJob(terminal, common.threads(), clock).run(dictionary, store, measure);
    Scores.table(report).forEach(terminal::say);
    Path kept =
        DictionaryFolder.of(dictionary, new ModelOpener(common.terminal(), common.threads()))
            .kept();
    terminal.result(ResultFields.of(Optional.of(report), clock, kept, Optional.empty()));
    return 0;
  }
}
