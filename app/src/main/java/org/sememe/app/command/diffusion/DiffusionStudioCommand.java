package org.sememe.app.command.diffusion;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.command.options.ServeOptions;
import org.sememe.app.inputs.DictionaryFolder;
import org.sememe.app.pictures.DrawingRuns;
import org.sememe.app.stages.StudioStage;
import org.sememe.app.terminal.Terminal;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.tensors.Torch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Serves a page on which networks draw. */
@Command(
    name = "studio",
    description =
        "Watch a teacher and its student draw side by side, from the same noise, in a browser on"
            + " this machine only; with their training, what evaluate measured, and the table of"
            + " ablations, as far as there are any.",
    footer = {
      "",
      "Examples:",
      "  sememe diffusion studio runs/student",
      "  sememe diffusion studio runs/student --dictionary runs/parts"
    })
public final class DiffusionStudioCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;
  @Mixin private ServeOptions serve;

  @Parameters(
      paramLabel = "RUN",
      description = "A run of diffusion distill or of diffusion train, finished or not.")
  private Path run;

  @Option(
      names = "--teacher",
      paramLabel = "DIR",
      description = "The student's teacher (default: the one that its run names).")
  private Optional<Path> teacher = Optional.empty();

  @Option(
      names = "--ablation",
      paramLabel = "DIR",
      description = "What diffusion ablate made (default: a folder beside the run that has it).")
  private Optional<Path> ablation = Optional.empty();

  @Option(
      names = "--dictionary",
      paramLabel = "DICT",
      description =
          "A dictionary of rows of one of RUN's modules (diffusion harvest, train): its features can"
              + " be painted into the picture.")
  private Optional<String> dictionary = Optional.empty();

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    Torch.start(common.threads());
    if (dictionary.isEmpty()) {
      draw(terminal, Optional.empty());
      return 0;
    }
    try (Dictionary opened = DictionaryFolder.of(dictionary.get()).open(common.threads())) {
      draw(terminal, Optional.of(opened));
    }
    return 0;
  }

  private void draw(Terminal terminal, Optional<Dictionary> features) throws IOException {
    try (DrawingRuns runs =
        DrawingRuns.of(run, teacher, ablation, features, PictureOptions.opener(common))) {
      new StudioStage(terminal, common.threads())
          .draw(runs, serve.settings(Optional.empty()), address -> tell(terminal, address));
    }
  }

  private static void tell(Terminal terminal, URI address) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("studio", address.toString());
    terminal.result(fields);
  }
}
