package org.sememe.app.command.options;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.sememe.activations.ActivationStore;
import org.sememe.activations.ContextRule;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.inputs.RunRows;
import org.sememe.models.HookPattern;
import org.sememe.models.HookPoint;
import org.sememe.models.Network;
import org.sememe.models.SideBySide;
import org.sememe.training.RowHooks;
import org.sememe.training.Shuffle;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Where the rows to train on come from. */
public final class RowOptions {
  @Parameters(
      paramLabel = "MODEL",
      arity = "0..1",
      description = {"To train without a store:", ModelOpener.WHAT, ModelOpener.OR_SEVERAL})
  private Optional<String> model = Optional.empty();

  @Option(names = "--store", paramLabel = "DIR", description = "The store that holds the rows.")
  private Optional<Path> store = Optional.empty();

  @Option(names = "--text", paramLabel = "TEXT", description = TextOption.WHAT)
  private Optional<String> text = Optional.empty();

  @Option(
      names = "--hook",
      paramLabel = "HOOK",
      description =
          "The hook point (default: the store's, if it has one only). Several, such as A,B, make a"
              + " crosscoder of their rows together; so does one of several models.")
  private Optional<String> hook = Optional.empty();

  @Option(
      names = "--hooks",
      paramLabel = "HOOK,HOOK,...",
      split = ",",
      description =
          "Hook points to train a dictionary of each of, all on one pass of the model; * stands for"
              + " any characters but a dot, as in 'blocks.*.hook_mlp_out'.")
  private List<String> hooks = List.of();

  @Option(
      names = "--target",
      paramLabel = "HOOK",
      description =
          "Make the rows of this hook point from those of --hook: a transcoder (--set skip=true: with"
              + " a linear path beside the latents). With --hooks * stands for what it stands for there.")
  private Optional<String> target = Optional.empty();

  @Option(
      names = "--context-length",
      paramLabel = "N",
      description = "Without a store: tokens in a context (default: ${DEFAULT-VALUE}).")
  private int contextLength = 128;

  @Option(
      names = "--pool",
      paramLabel = "CONTEXTS",
      description =
          "Without a store: contexts whose rows are mixed before they are used (default:"
              + " ${DEFAULT-VALUE}).")
  private int pool = 512;

  @Option(
      names = "--shuffle",
      paramLabel = "HOW",
      description =
          "With a store: " + Shuffle.WHAT + " (default: full). Without one, --pool is the buffer.")
  private Optional<String> shuffle = Optional.empty();

  @Option(
      names = "--row-seed",
      paramLabel = "N",
      description = "Seed of the rows' order (default: that of --seed).")
  private Optional<Long> rowSeed = Optional.empty();

  /** The patterns of hook points that dictionaries are trained of, if there are to be several. */
  public List<String> patterns(CommonOptions common) {
    if (!hooks.isEmpty() && hook.isPresent()) {
      throw common.wrong("give either --hook, for one dictionary, or --hooks, for one of each");
    }
    return hooks.stream().map(String::strip).toList();
  }

  /** What --target says. */
  public Optional<String> target() {
    return target;
  }

  /** The names of the hook points that a pattern means, where the rows come from. */
  public List<String> points(CommonOptions common, String pattern) {
    try {
      if (store.isEmpty()) {
        String named =
            model.orElseThrow(() -> common.wrong("give either --store, or a MODEL with --text"));
        try (Network opened =
            new ModelOpener(common.terminal(), common.threads()).openNetwork(named)) {
          return opened.hookPoints(pattern).stream().map(HookPoint::name).toList();
        }
      }
      try (ActivationStore opened = ActivationStore.open(store.get())) {
        SequencedSet<String> held = opened.manifest().hooks().sequencedKeySet();
        List<String> found = held.stream().filter(new HookPattern(pattern)::means).toList();
        if (found.isEmpty()) {
          throw new IllegalArgumentException(
              "%s: no hook point of the store is meant by '%s'; it holds %s"
                  .formatted(store.get(), pattern, String.join(", ", held)));
        }
        return found;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The rows; a combination that makes no sense is wrong usage. */
  public RunRows rows(CommonOptions common) throws IOException {
    if (!patterns(common).isEmpty()) {
      throw common.wrong("--hooks is for train and sweep: name one with --hook");
    }
    if (model.isPresent() && (text.isEmpty() || hook.isEmpty())) {
      throw common.wrong("training from a MODEL needs --text and --hook");
    }
    return rows(
        common,
        () ->
            hooks(
                common,
                hook.isPresent() ? asked(hook.get()) : onlyHook(common, store.orElseThrow())));
  }

  /** The rows of these hook points, whatever the options say of them. */
  public RunRows rows(CommonOptions common, RowHooks all) throws IOException {
    if (model.isPresent() && text.isEmpty()) {
      throw common.wrong("training from a MODEL needs --text");
    }
    return rows(common, () -> all);
  }

  @FunctionalInterface
  private interface Choice {
    RowHooks hooks() throws IOException;
  }

  private RunRows rows(CommonOptions common, Choice choice) throws IOException {
    ModelOpener models = new ModelOpener(common.terminal(), common.threads());
    if (store.isPresent() == model.isPresent()) {
      throw common.wrong("give either --store, or a MODEL with --text and --hook");
    }
    if (store.isPresent()) {
      Shuffle mixed = common.checked(() -> shuffle.map(Shuffle::of).orElse(Shuffle.FULL));
      return new RunRows.Stored(
          store.get(),
          choice.hooks(),
          mixed,
          rowSeed.stream().mapToLong(Long::longValue).findAny());
    }
    if (shuffle.isPresent()) {
      throw common.wrong("--shuffle is of a store's rows: without one, --pool says how many mix");
    }
    return new RunRows.Streamed(
        models,
        model.orElseThrow(),
        text.orElseThrow(),
        choice.hooks(),
        new ContextRule(contextLength, true, 0.1, 0),
        pool,
        rowSeed.stream().mapToLong(Long::longValue).findAny());
  }

  /** What kind of dictionary these rows are for, as options of training say it. */
  public Map<String, String> kind(CommonOptions common) {
    if (hook.isEmpty() && target.isPresent()) {
      throw common.wrong("--target needs the --hook that it is made from");
    }
    if (hook.isEmpty()) {
      return Map.of();
    }
    RowHooks meant = hooks(common, asked(hook.get()));
    return Map.of("kind", meant.kind().name().toLowerCase(Locale.ROOT));
  }

  /** The hook points that a name means: where there are several models, those of each. */
  private String asked(String named) {
    if (store.isEmpty()) {
      return model.isEmpty() ? named : ModelOpener.hooks(named, model.get());
    }
    try (ActivationStore opened = ActivationStore.open(store.get())) {
      SequencedSet<String> held = opened.manifest().hooks().sequencedKeySet();
      return Stream.of(named.split(",", -1))
          .map(String::strip)
          .flatMap(
              one ->
                  held.contains(one) || !held.contains(SideBySide.named(one, 0))
                      ? Stream.of(one)
                      : held.stream().filter(hook -> SideBySide.marks(one, hook)))
          .collect(Collectors.joining(","));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private RowHooks hooks(CommonOptions common, String read) {
    return common.checked(() -> RowHooks.of(read, target));
  }

  private static String onlyHook(CommonOptions common, Path folder) throws IOException {
    try (ActivationStore opened = ActivationStore.open(folder)) {
      SequencedSet<String> hooks = opened.manifest().hooks().sequencedKeySet();
      if (hooks.size() > 1) {
        throw common.wrong("the store holds " + hooks + ": choose one with --hook");
      }
      return hooks.getFirst();
    }
  }
}
