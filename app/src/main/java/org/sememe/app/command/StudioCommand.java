package org.sememe.app.command;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.command.options.ServeOptions;
import org.sememe.app.inputs.DictionaryFolder;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.runs.RunFolders;
import org.sememe.app.stages.StudioStage;
import org.sememe.app.sweep.Sweep;
import org.sememe.app.terminal.Terminal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Serves a dictionary's features to a browser. */
@Command(
    name = "studio",
    description =
        "Browse a dictionary's features, compare the dictionaries of a sweep, or watch runs as they"
            + " are trained, on this machine only.",
    footer = {
      "",
      "Examples:",
      "  sememe studio runs/layer9",
      "  sememe studio runs/layer9 --compare runs/layer9-wide",
      "  sememe studio sweeps/layer9",
      "  sememe studio runs"
    })
public final class StudioCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;
  @Mixin private ServeOptions serve;

  @Parameters(
      paramLabel = "DICT",
      description = {
        DictionaryFolder.WHAT,
        "Or a sweep's folder, a run that is still trained, or a folder of runs."
      })
  private String dictionary;

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      description = "The model that runs prompts (default: the one its run names).")
  private Optional<String> model = Optional.empty();

  @Option(
      names = "--compare",
      paramLabel = "DICT",
      description = "Another indexed dictionary of the same activations, to compare with.")
  private Optional<String> compare = Optional.empty();

  @Option(names = "--no-model", description = "Serve without a model, and so without prompts.")
  private boolean noModel;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    StudioStage stage = new StudioStage(terminal, common.threads());
    Path path = Path.of(dictionary);
    if (Sweep.in(path)) {
      stage.run(path, serve.settings(Optional.empty()), address -> tell(terminal, address));
      return 0;
    }
    if (!indexed(path) && RunFolders.of(path).isPresent()) {
      stage.watch(path, serve.settings(Optional.empty()), address -> tell(terminal, address));
      return 0;
    }
    DictionaryFolder folder =
        DictionaryFolder.of(dictionary, new ModelOpener(common.terminal(), common.threads()));
    Optional<DictionaryFolder> other =
        compare.isPresent()
            ? Optional.of(
                DictionaryFolder.of(
                    compare.get(), new ModelOpener(common.terminal(), common.threads())))
            : Optional.empty();
    Optional<String> running = noModel ? Optional.empty() : model.or(folder::model);
    stage.run(
        folder, folder.kept(), other, serve.settings(running), address -> tell(terminal, address));
    return 0;
  }

  private static boolean indexed(Path run) {
    return Files.exists(run.resolve(DictionaryFolder.INDEX));
  }

  private static void tell(Terminal terminal, URI address) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("studio", address.toString());
    terminal.result(fields);
  }
}
