package org.sememe.app.command.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.sememe.activations.ActivationStore;
import org.sememe.app.bench.EncodeBench;
import org.sememe.app.bench.EncodeInputs;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.inputs.DictionaryFolder;
import org.sememe.app.terminal.Progress;
import org.sememe.app.terminal.Terminal;
import org.sememe.app.terminal.Unit;
import org.sememe.sae.Sae;
import org.sememe.tensors.Torch;
import org.sememe.training.BatchSource;
import org.sememe.training.NonFinite;
import org.sememe.training.StoreBatches;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Encoding one vector and encoding many, each against its lower bound. */
@Command(
    name = "encode",
    description =
        "Time the encoding of single vectors against reading the encoder's weights once, and of a"
            + " batch against the encoder's product alone: one process, in turns, medians.",
    footer = {
      "",
      "Examples:",
      "  sememe bench encode",
      "  sememe bench encode --dictionary runs/demo --store stores/layer9"
    })
public final class BenchEncodeCommand implements Callable<Integer> {
  private static final int WIDTH = 576;
  private static final int LATENTS = 9216;
  private static final int K = 32;

  @Mixin private CommonOptions common;

  @Option(
      names = "--dictionary",
      paramLabel = "DICT",
      description = DictionaryFolder.WHAT + " Default: a random one of the shape below.")
  private Optional<String> dictionary = Optional.empty();

  @Option(
      names = "--store",
      paramLabel = "DIR",
      description = "Take rows from this store (default: synthetic ones with a real spectrum).")
  private Optional<Path> store = Optional.empty();

  @Option(
      names = "--hook",
      paramLabel = "HOOK",
      description = "The store's hook point (default: the dictionary's, else its first).")
  private Optional<String> hook = Optional.empty();

  @Option(
      names = "--d",
      paramLabel = "N",
      description = "Width of a random dictionary (default: " + WIDTH + ").")
  private Optional<Integer> width = Optional.empty();

  @Option(
      names = "--latents",
      paramLabel = "N",
      description = "Latents of a random dictionary (default: " + LATENTS + ").")
  private Optional<Integer> latents = Optional.empty();

  @Option(
      names = "--k",
      paramLabel = "N",
      description = "Active latents a row of a random dictionary (default: " + K + ").")
  private Optional<Integer> k = Optional.empty();

  @Option(
      names = "--rows",
      paramLabel = "N",
      description = "Rows of the batch (default: ${DEFAULT-VALUE}).")
  private int rows = 4096;

  @Option(
      names = "--repetitions",
      paramLabel = "N",
      description = "Timed rounds (default: ${DEFAULT-VALUE}).")
  private int repetitions = 20;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    int threads = common.threads();
    EncodeBench bench =
        common.checked(
            () -> new EncodeBench(rows, threads, repetitions, EncodeBench.FAR_MEGABYTES));
    if (dictionary.isPresent() && Stream.of(width, latents, k).anyMatch(Optional::isPresent)) {
      throw common.wrong(
          "--d, --latents and --k are a random dictionary's: leave --dictionary out");
    }
    Torch.start(threads);
    try (Sae sae = sae(threads);
        Progress progress = terminal.progress("bench", Unit.ROUNDS, bench.rounds())) {
      measure(terminal, bench, sae, progress);
    }
    return 0;
  }

  private Sae sae(int threads) throws IOException {
    return dictionary.isPresent()
        ? DictionaryFolder.of(dictionary.get()).load(threads)
        : common.checked(
            () ->
                EncodeInputs.randomDictionary(
                    width.orElse(WIDTH), latents.orElse(LATENTS), k.orElse(K)));
  }

  private void measure(Terminal terminal, EncodeBench bench, Sae sae, Progress progress)
      throws IOException {
    String what = dictionary.orElse(EncodeInputs.RANDOM);
    if (store.isEmpty()) {
      EncodeInputs inputs = EncodeInputs.synthetic(sae, what);
      try (BatchSource source = inputs.source()) {
        BenchTable.print(terminal, bench.run(inputs, progress::update));
      }
      return;
    }
    try (ActivationStore opened = ActivationStore.open(store.get())) {
      String point = hook.orElse(point(opened, sae));
      if (opened.manifest().width(point) != sae.config().width()) {
        throw new IOException(
            "%s: rows of %s have width %d, where the dictionary's is %d"
                .formatted(
                    store.get(), point, opened.manifest().width(point), sae.config().width()));
      }
      try (BatchSource source = new StoreBatches(opened, point, 0, NonFinite.SKIP)) {
        EncodeInputs inputs = new EncodeInputs(sae, what, source, point + " of " + store.get(), 1);
        BenchTable.print(terminal, bench.run(inputs, progress::update));
      }
    }
  }

  private static String point(ActivationStore store, Sae sae) {
    String trainedOn = sae.config().hook();
    return store.manifest().hooks().containsKey(trainedOn)
        ? trainedOn
        : store.manifest().hooks().sequencedKeySet().getFirst();
  }
}
