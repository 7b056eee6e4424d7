package org.sememe.app.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.command.options.LoadMixin;
import org.sememe.app.inputs.AnyDictionary;
import org.sememe.sae.formats.LoadOptions;
import org.sememe.sae.formats.export.ExportFormat;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Brings another library's dictionary into our own layout. */
@Command(
    name = "import",
    description = {
      "Bring another library's dictionary into a folder of our own, folded and in float32.",
      "Commands also read it where it lies."
    },
    footer = {"", "Example:", "  sememe import trainer_0/ae.pt --out dictionaries/pythia"})
public final class ImportCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;

  @Mixin private LoadMixin load;

  @Parameters(paramLabel = "SRC", description = AnyDictionary.WHAT)
  private String source;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "The folder to write into.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    LoadOptions options = common.checked(load::options);
    ExportCommand.write(
        common.terminal(), source, options, common.threads(), ExportFormat.SEMEME, out);
    return 0;
  }
}
