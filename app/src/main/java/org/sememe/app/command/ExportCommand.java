package org.sememe.app.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.sememe.app.inputs.AnyDictionary;
import org.sememe.app.terminal.Terminal;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.formats.LoadOptions;
import org.sememe.sae.formats.export.ExportFormat;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes a dictionary in another library's layout. */
@Command(
    name = "export",
    description = "Write a dictionary in the files of another library.",
    footer = {
      "",
      "Example:",
      "  sememe export runs/demo --format dictionary_learning --out trainer_0"
    })
public final class ExportCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;

  @Mixin private LoadMixin load;

  @Parameters(paramLabel = "DICT", description = AnyDictionary.WHAT)
  private String dictionary;

  @Option(
      names = "--format",
      paramLabel = "NAME",
      required = true,
      description = "saelens, sparsify, dictionary_learning, openai, llamascopium or sememe.")
  private String format;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "The folder to write into.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    ExportFormat chosen =
        ExportFormat.of(format)
            .orElseThrow(
                () ->
                    common.wrong("--format " + format + ": must be one of " + ExportFormat.keys()));
    LoadOptions options = common.checked(load::options);
    write(common.terminal(), dictionary, options, common.threads(), chosen, out);
    return 0;
  }

  /** Opens a dictionary and writes it. */
  static void write(
      Terminal terminal,
      String dictionary,
      LoadOptions options,
      int threads,
      ExportFormat format,
      Path out)
      throws IOException {
    try (Dictionary opened = AnyDictionary.of(dictionary).open(options, threads)) {
      opened.facts().notes().forEach(terminal::note);
      format.write(opened, out);
      terminal.say("written: " + out);
      Map<String, Object> fields = new LinkedHashMap<>(opened.facts().fields());
      fields.put("format", format.key());
      fields.put("out", out.toAbsolutePath().toString());
      terminal.result(fields);
    }
  }
}
