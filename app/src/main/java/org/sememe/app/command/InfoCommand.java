package org.sememe.app.command;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.command.options.LoadMixin;
import org.sememe.app.inputs.AnyDictionary;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.terminal.Terminal;
import org.sememe.models.HookPoint;
import org.sememe.models.ModelInfo;
import org.sememe.models.Network;
import org.sememe.sae.Sae;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.releases.Release;
import org.sememe.sae.releases.Releases;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Says what a model or a dictionary is. */
@Command(
    name = "info",
    description = "Say what a model or a dictionary is.",
    footer = {
      "",
      "Examples:",
      "  sememe info smollm2-135m-instruct",
      "  sememe info runs/demo",
      "  sememe info gpt2-small-res-jb"
    })
public final class InfoCommand implements Callable<Integer> {
  private static final String HOOK_POINTS = "hook_points";

  /** For scripts: a person gets them in another form. */
  private static final Set<String> LISTS = Set.of(HOOK_POINTS, "ids");

  private static final Map<HookPoint.Layout, String> FORM =
      Map.of(
          HookPoint.Layout.ROWS, "%-31s width %,d",
          HookPoint.Layout.SCORES, "%-31s scores of %,d heads");

  @Mixin private CommonOptions common;

  @Mixin private LoadMixin load;

  @Parameters(
      paramLabel = "MODEL|DICT",
      description = {
        ModelOpener.WHAT,
        AnyDictionary.WHAT,
        "Or RELEASE alone: what the catalogue says of it; nothing is fetched."
      })
  private String subject;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    Map<String, Object> fields = fields(terminal);
    fields.forEach(
        (name, value) -> {
          if (!LISTS.contains(name)) {
            terminal.say(String.format(Locale.ROOT, "%-20s %s", name.replace('_', ' '), value));
          }
        });
    terminal.result(fields);
    return 0;
  }

  private Map<String, Object> fields(Terminal terminal) throws IOException {
    Optional<Release> release = Releases.standard().release(subject);
    if (release.isPresent()) {
      return ReleaseFields.of(release.get(), terminal);
    }
    Optional<AnyDictionary> dictionary =
        AnyDictionary.find(subject, new ModelOpener(terminal, common.threads()));
    return dictionary.isPresent() ? dictionary(dictionary.get()) : model(terminal);
  }

  private Map<String, Object> model(Terminal terminal) throws IOException {
    try (Network model = network(terminal)) {
      ModelInfo info = model.info();
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("name", info.name());
      fields.put("family", info.family());
      fields.put("parameters", info.parameters());
      fields.put("layers", info.layers());
      fields.put("width", info.width());
      fields.put("heads", info.heads());
      fields.put("kv_heads", info.kvHeads());
      fields.put("head_width", info.headWidth());
      fields.put("mlp_width", info.mlpWidth());
      fields.put("vocabulary", info.vocabulary());
      fields.put("context_length", info.contextLength());
      fields.put("rope_base", info.ropeBase());
      fields.put("norm_eps", info.normEps());
      fields.put("chat_template", chatTemplate(model, terminal));
      fields.put("path", info.path().toAbsolutePath().toString());
      fields.put("sha256", info.sha256());
      fields.put(HOOK_POINTS, model.hookPoints().stream().map(InfoCommand::fields).toList());
      terminal.say("hook points, L from 0 to " + (info.layers() - 1) + ":");
      patterns(model.hookPoints()).forEach(pattern -> terminal.say("  " + pattern));
      return fields;
    }
  }

  private Network network(Terminal terminal) throws IOException {
    try {
      return new ModelOpener(terminal, common.threads()).openNetwork(subject);
    } catch (IllegalArgumentException unknown) {
      List<String> near = Releases.standard().suggestions(subject);
      if (near.isEmpty()) {
        throw unknown;
      }
      throw new IllegalArgumentException(
          unknown.getMessage() + "; and of dictionaries " + String.join(", ", near), unknown);
    }
  }

  /** Weights without a tokenizer that can be read are worth showing all the same. */
  private static boolean chatTemplate(Network model, Terminal terminal) {
    try {
      return model.tokenizer().hasChatTemplate();
    } catch (UncheckedIOException noTokenizer) {
      terminal.note(noTokenizer.getCause().getMessage());
      return false;
    }
  }

  private static Map<String, Object> fields(HookPoint hook) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("name", hook.name());
    fields.put("layer", hook.layer());
    fields.put("width", hook.width());
    fields.put("layout", hook.layout().name().toLowerCase(Locale.ROOT));
    return fields;
  }

  /** The names with their widths; those of all blocks as one, with L for the block's number. */
  private static Set<String> patterns(List<HookPoint> hooks) {
    Set<String> patterns = new LinkedHashSet<>();
    for (HookPoint hook : hooks) {
      String name = hook.name().replaceFirst("^blocks\\.\\d+\\.", "blocks.L.");
      patterns.add(String.format(Locale.ROOT, FORM.get(hook.layout()), name, hook.width()));
    }
    return patterns;
  }

  private Map<String, Object> dictionary(AnyDictionary dictionary) throws IOException {
    try (Dictionary opened = dictionary.open(common.checked(load::options), common.threads())) {
      Map<String, Object> fields = new LinkedHashMap<>(opened.facts().fields());
      opened
          .sae()
          .map(Sae::config)
          .ifPresent(
              config -> {
                fields.put("subtracts_b_dec", config.subtractDecoderBias());
                fields.put("input_scale", config.inputScale());
                fields.put("metadata", config.metadata());
              });
      fields.put("path", dictionary.path().toAbsolutePath().toString());
      return fields;
    }
  }
}
