package org.sememe.app.command.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.sememe.activations.ActivationStore;
import org.sememe.app.bench.TrainBench;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.terminal.Progress;
import org.sememe.app.terminal.Terminal;
import org.sememe.app.terminal.Unit;
import org.sememe.tensors.Torch;
import org.sememe.training.BatchSource;
import org.sememe.training.NonFinite;
import org.sememe.training.StoreBatches;
import org.sememe.training.TrainOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A training step against its lower bound and against what others do. */
@Command(
    name = "train",
    description =
        "Time a training step against the encoder's product alone, a dense step through autograd,"
            + " and a sparse step through gathered tensors: one process, in turns, medians.",
    footer = {
      "",
      "Examples:",
      "  sememe bench train",
      "  sememe bench train --store stores/layer9 --latents 9216 --batch 4096",
      "  sememe bench train --architecture batchtopk --set matryoshka=1/16,1/16,1/8,1/4,1/2"
    })
public final class BenchTrainCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;
  @Mixin private StepOptions step;

  @Option(
      names = "--store",
      paramLabel = "DIR",
      description = "Take rows from this store (default: synthetic ones with a real spectrum).")
  private Optional<Path> store = Optional.empty();

  @Option(
      names = "--hook",
      paramLabel = "HOOK",
      description = "The store's hook point (default: its first).")
  private Optional<String> hook = Optional.empty();

  @Option(
      names = "--no-aux",
      description = "Leave AuxK out (it costs nothing while no latent is dead).")
  private boolean noAux;

  @Option(
      names = "--dead-share",
      paramLabel = "SHARE",
      description =
          "Let so many of the latents be dead, and time a step without AuxK too (default:"
              + " ${DEFAULT-VALUE}).")
  private double deadShare = 0;

  @Option(
      names = "--architecture",
      paramLabel = "NAME",
      description = "topk or batchtopk (default: ${DEFAULT-VALUE}). Rivals do topk only.")
  private String architecture = "topk";

  @Option(
      names = "--repetitions",
      paramLabel = "N",
      description = "Timed rounds (default: ${DEFAULT-VALUE}).")
  private int repetitions = 7;

  @Option(names = "--no-rivals", description = "Time our step and the product only.")
  private boolean noRivals;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    int threads = common.threads();
    TrainOptions options = common.checked(this::options);
    TrainBench bench =
        common.checked(() -> new TrainBench(options, threads, repetitions, !noRivals, deadShare));
    Torch.start(threads);
    Map<String, Object> fields = measured(terminal, bench);
    fields.forEach(
        (name, value) ->
            terminal.say(
                String.format(Locale.ROOT, "%-20s %s", name.replace('_', ' '), shown(value))));
    terminal.result(fields);
    return 0;
  }

  private TrainOptions options() {
    return step.training(Map.of("architecture", architecture, "aux-alpha", noAux ? "0" : "1/32"));
  }

  private Map<String, Object> measured(Terminal terminal, TrainBench bench) throws IOException {
    if (store.isEmpty()) {
      try (BatchSource rows = TrainBench.synthetic(step.width());
          Progress progress = terminal.progress("bench", Unit.ROUNDS, bench.rounds())) {
        return bench.run(rows, TrainBench.SYNTHETIC, progress::update);
      }
    }
    try (ActivationStore opened = ActivationStore.open(store.get())) {
      String point = hook.orElse(opened.manifest().hooks().sequencedKeySet().getFirst());
      try (BatchSource rows = new StoreBatches(opened, point, 0, NonFinite.SKIP);
          Progress progress = terminal.progress("bench", Unit.ROUNDS, bench.rounds())) {
        return bench.run(rows, point + " of " + store.get(), progress::update);
      }
    }
  }

  private static String shown(Object value) {
    return value instanceof Double number
        ? String.format(Locale.ROOT, "%.4g", number)
        : value.toString();
  }
}
