package org.sememe.app.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.sememe.analysis.index.FeatureIndex;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.features.ImportedLabels;
import org.sememe.app.inputs.DictionaryFolder;
import org.sememe.app.studio.FeatureNotes;
import org.sememe.app.terminal.Terminal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Brings labels that others gave beside an index. */
@Command(
    name = "label",
    description = {
      "Bring labels that others gave beside a dictionary's index, where the studio shows them.",
      "What somebody wrote about a feature stays."
    },
    footer = {
      "",
      "Examples:",
      "  sememe label runs/layer9 --from exports/9-res-jb",
      "  sememe label runs/layer9 --from results/run1 --hook layers.9"
    })
public final class LabelCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;

  @Parameters(paramLabel = "DICT", description = DictionaryFolder.WHAT)
  private String dictionary;

  @Option(
      names = "--from",
      paramLabel = "DIR",
      required = true,
      description =
          "A source's folder as Neuronpedia exports it, or a delphi run's: the explanations in it.")
  private Path from;

  @Option(
      names = "--hook",
      paramLabel = "NAME",
      description = "Whose explanations, as the files name it, where they are of several.")
  private Optional<String> hook = Optional.empty();

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    Path kept = DictionaryFolder.of(dictionary).kept();
    int latents;
    try (FeatureIndex index = ShowCommand.index(kept)) {
      latents = index.summary().latents();
    }
    Map<Integer, FeatureNotes.Note> labels = ImportedLabels.read(from, latents, hook);
    Path file = kept.resolve(FeatureNotes.FILE);
    int written = new FeatureNotes(file).putMissing(labels);
    terminal.say(
        "%d labels from %s, %d of features that had none: %s"
            .formatted(labels.size(), from, written, file));
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("labels", labels.size());
    fields.put("written", written);
    fields.put("notes", file.toAbsolutePath().normalize().toString());
    terminal.result(fields);
    return 0;
  }
}
