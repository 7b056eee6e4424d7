package org.sememe.app.command.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.sememe.activations.ActivationStore;
import org.sememe.app.bench.ShuffleBench;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.command.options.DictionaryOptions;
import org.sememe.app.terminal.Progress;
import org.sememe.app.terminal.Terminal;
import org.sememe.app.terminal.Unit;
import org.sememe.tensors.Torch;
import org.sememe.training.Shuffle;
import org.sememe.training.TrainOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How well rows are mixed, and what that does to training. */
@Command(
    name = "shuffle",
    description =
        "Measure how alike the rows of a batch are under each shuffle, beside rows drawn at random;"
            + " and, with --seeds, what dictionaries of each leave unexplained after equally many"
            + " rows.",
    footer = {
      "",
      "Examples:",
      "  sememe bench shuffle --store stores/layer9",
      "  sememe bench shuffle --store stores/layer9 --seeds 2 --tokens 1M"
    })
public final class BenchShuffleCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;
  @Mixin private DictionaryOptions dictionary;

  @Option(
      names = "--store",
      paramLabel = "DIR",
      required = true,
      description = "The store whose rows are mixed.")
  private Path store;

  @Option(
      names = "--hook",
      paramLabel = "HOOK",
      description = "The store's hook point (default: its first).")
  private Optional<String> hook = Optional.empty();

  @Option(
      names = "--shuffles",
      paramLabel = "HOW,HOW,...",
      split = ",",
      defaultValue = "full,buffer:65536,none",
      description =
          "Each is "
              + Shuffle.WHAT
              + "; the others are compared with the first (default:"
              + " ${DEFAULT-VALUE}).")
  private List<String> shuffles;

  @Option(
      names = "--batches",
      paramLabel = "N",
      description = "Batches that are looked at (default: ${DEFAULT-VALUE}).")
  private int batches = 50;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description = "Dictionaries to train with each shuffle (default: none).")
  private int seeds;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      defaultValue = "1M",
      description = "Rows to train each on, repeats counted (default: ${DEFAULT-VALUE}).")
  private long tokens;

  @Option(
      names = "--eval-rows",
      paramLabel = "N",
      defaultValue = "100k",
      description = "Held-out rows that are measured, at most (default: ${DEFAULT-VALUE}).")
  private long evalRows;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    int threads = common.threads();
    ShuffleBench bench =
        common.checked(
            () -> {
              TrainOptions options = dictionary.options(tokens);
              return new ShuffleBench(
                  shuffles.stream().map(Shuffle::of).toList(), options, batches, seeds, evalRows);
            });
    Map<String, Object> fields;
    try (ActivationStore opened = ActivationStore.open(store);
        Progress progress = terminal.progress("bench", Unit.ROUNDS, Math.max(1, bench.work()))) {
      Torch.start(threads);
      String point = hook.orElse(opened.manifest().hooks().sequencedKeySet().getFirst());
      fields = bench.run(opened, point, progress::update);
    }
    print(terminal, fields);
    terminal.result(fields);
    return 0;
  }

  private static void print(Terminal terminal, Map<String, Object> fields) {
    Map<String, Object> rest = new LinkedHashMap<>(fields);
    rest.remove("shuffles");
    rest.forEach(
        (name, value) ->
            terminal.say(String.format(Locale.ROOT, "%-16s %s", name.replace('_', ' '), value)));
    String row = "%-16s  %10s  %-22s  %10s  %-22s  %s";
    terminal.say(
        String.format(
            Locale.ROOT,
            row,
            "mean cosine",
            "neighbours",
            "95 % interval",
            "any two",
            "95 % interval",
            fields.containsKey("seeds") ? "FVU" : ""));
    ((Map<?, ?>) fields.get("shuffles"))
        .forEach((name, found) -> terminal.say(line(row, name, (Map<?, ?>) found)));
  }

  private static String line(String row, Object name, Map<?, ?> found) {
    return String.format(
            Locale.ROOT,
            row,
            name,
            String.format(Locale.ROOT, "%.5f", (Double) found.get("neighbour_cosine")),
            interval(found.get("neighbour_interval")),
            String.format(Locale.ROOT, "%.5f", (Double) found.get("batch_cosine")),
            interval(found.get("batch_interval")),
            found.containsKey("fvu_mean")
                ? String.format(Locale.ROOT, "%.4f", (Double) found.get("fvu_mean"))
                : "")
        .stripTrailing();
  }

  private static String interval(Object ends) {
    List<?> both = (List<?>) ends;
    return String.format(
        Locale.ROOT, "%.5f to %.5f", (Double) both.getFirst(), (Double) both.getLast());
  }
}
