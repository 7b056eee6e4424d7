package org.sememe.app.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.sememe.analysis.index.FeatureIndex;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.command.options.LoadMixin;
import org.sememe.app.features.FeatureExport;
import org.sememe.app.inputs.AnyDictionary;
import org.sememe.app.inputs.DictionaryFolder;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.studio.FeatureNotes;
import org.sememe.app.terminal.Terminal;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.formats.LoadOptions;
import org.sememe.sae.formats.export.ExportFormat;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes a dictionary in another library's layout, or what its index knows of its features. */
@Command(
    name = "export",
    description = "Write a dictionary in the files of another library, or its indexed features.",
    footer = {
      "",
      "Examples:",
      "  sememe export runs/demo --format dictionary_learning --out trainer_0",
      "  sememe export runs/demo --format html --features 3,17 --out features.html"
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
      description = {
        "saelens, sparsify, dictionary_learning, dictionary_learning_crosscoders, openai,",
        "batchtopk_repo, crosscode, llamascopium, llama_scope, gemma_scope, gemma_scope_2,",
        "circuit_tracer, qwen_scope, goodfire, deepseek_r1, connor_rob or sememe: the dictionary.",
        "neuronpedia, csv, parquet or html: its features, from its index."
      })
  private String format;

  @Option(
      names = "--features",
      paramLabel = "N",
      split = ",",
      description = "Which features, such as 3,17 (default: all; for html needed).")
  private List<Integer> features = List.of();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "The folder to write into; for csv, parquet and html the file.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    Optional<FeatureExport> ofFeatures = FeatureExport.of(format);
    if (ofFeatures.isPresent()) {
      writeFeatures(common.terminal(), ofFeatures.get());
      return 0;
    }
    if (!features.isEmpty()) {
      throw common.wrong("--features: only with --format " + FeatureExport.keys());
    }
    ExportFormat chosen =
        ExportFormat.of(format)
            .orElseThrow(
                () ->
                    common.wrong(
                        "--format "
                            + format
                            + ": must be one of "
                            + ExportFormat.keys()
                            + ", or of features "
                            + FeatureExport.keys()));
    LoadOptions options = common.checked(load::options);
    write(common.terminal(), dictionary, options, common.threads(), chosen, out);
    return 0;
  }

  private void writeFeatures(Terminal terminal, FeatureExport export) throws IOException {
    Path kept = DictionaryFolder.of(dictionary).kept();
    try (FeatureIndex index = ShowCommand.index(kept)) {
      int all = index.summary().latents();
      for (int latent : features) {
        if (latent < 0 || latent >= all) {
          throw common.wrong("--features " + latent + ": latents are 0 to " + (all - 1));
        }
      }
      if (features.isEmpty() && export == FeatureExport.HTML) {
        throw common.wrong("--format html: name the --features, such as 3,17");
      }
      List<Integer> latents =
          features.isEmpty()
              ? IntStream.range(0, all).boxed().toList()
              : features.stream().distinct().toList();
      FeatureNotes notes = new FeatureNotes(kept.resolve(FeatureNotes.FILE));
      export.write(index, notes, latents, out);
      terminal.say("written: " + out + " (" + latents.size() + " features)");
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("format", export.key());
      fields.put("features", latents.size());
      fields.put("out", out.toAbsolutePath().toString());
      terminal.result(fields);
    }
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
    ModelOpener opener = new ModelOpener(terminal, threads);
    try (Dictionary opened = AnyDictionary.of(dictionary, opener).open(options, threads)) {
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
