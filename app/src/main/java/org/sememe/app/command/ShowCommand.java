package org.sememe.app.command;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.sememe.analysis.index.FeatureDetail;
import org.sememe.analysis.index.FeatureIndex;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.inputs.DictionaryFolder;
import org.sememe.app.studio.FeatureNotes;
import org.sememe.app.terminal.FeatureText;
import org.sememe.app.terminal.Terminal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Prints what is known of a feature. */
@Command(
    name = "show",
    description =
        "Print a feature: its label, density, effect on the next token, nearest features and"
            + " strongest examples. In colour on a terminal, unless NO_COLOR is set.",
    footer = {"", "Example:", "  sememe show runs/layer9 123"})
public final class ShowCommand implements Callable<Integer> {
  /** The feature's fields as the studio's API names them. */
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .addModule(new Jdk8Module())
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .serializationInclusion(JsonInclude.Include.NON_ABSENT)
          .build();

  @Mixin private CommonOptions common;

  @Parameters(index = "0", paramLabel = "DICT", description = DictionaryFolder.WHAT)
  private String dictionary;

  @Parameters(index = "1", paramLabel = "FEATURE", description = "The latent's number, from 0.")
  private int latent;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    Path kept = DictionaryFolder.of(dictionary).kept();
    try (FeatureIndex index = index(kept)) {
      FeatureDetail feature =
          index
              .feature(latent)
              .orElseThrow(
                  () ->
                      common.wrong(
                          "FEATURE "
                              + latent
                              + ": the dictionary has latents 0 to "
                              + (index.summary().latents() - 1)));
      FeatureNotes.Note note = new FeatureNotes(kept.resolve(FeatureNotes.FILE)).of(latent);
      new FeatureText(Ansi.AUTO.enabled())
          .lines(feature, note.label(), note.note())
          .forEach(terminal::say);
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("feature", JSON.valueToTree(feature));
      fields.put("label", note.label());
      fields.put("note", note.note());
      terminal.result(fields);
    }
    return 0;
  }

  /** The index that is kept there. */
  static FeatureIndex index(Path kept) throws IOException {
    Path file = kept.resolve(DictionaryFolder.INDEX);
    if (!Files.exists(file)) {
      throw new NoSuchFileException(
          file.toString(), null, "no index; build it: sememe index " + kept);
    }
    return FeatureIndex.open(file);
  }
}
