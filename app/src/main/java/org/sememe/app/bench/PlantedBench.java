package org.sememe.app.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sememe.analysis.planted.PlantedDictionary;
import org.sememe.analysis.planted.PlantedSetting;
import org.sememe.analysis.planted.Recovery;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeFiles;
import org.sememe.training.BatchSource;
import org.sememe.training.Provenance;
import org.sememe.training.TrainListener;
import org.sememe.training.TrainMember;
import org.sememe.training.TrainOptions;
import org.sememe.training.TrainProgress;
import org.sememe.training.TrainResult;
import org.sememe.training.Trainer;
import org.sememe.training.TrainingRun;

/**
 * Which ways to train find a dictionary that was planted. Each seed plants another one and begins
 * with other weights; all contenders of a seed learn from the same rows, and are measured on the
 * same others.
 *
 * @param kind what its report calls the setting
 * @param setting what is planted
 * @param contenders at least one
 * @param options of training, where a contender does not say otherwise; its seed is the first
 * @param seeds dictionaries of each contender, at least 1
 * @param evalRows held-out rows to measure on, at least 1
 * @param threads libtorch's
 */
public record PlantedBench(
    PlantedKind kind,
    PlantedSetting setting,
    List<PlantedContender> contenders,
    TrainOptions options,
    int seeds,
    long evalRows,
    int threads) {
  private static final String HOOK = "planted";

  /** Checks the ranges, and every contender's options. */
  public PlantedBench {
    contenders = List.copyOf(contenders);
    if (contenders.isEmpty() || seeds < 1 || evalRows < 1) {
      throw new IllegalArgumentException(
          "there must be at least 1 contender, 1 seed and 1 row to measure on: %d, %d, %d"
              .formatted(contenders.size(), seeds, evalRows));
    }
    for (PlantedContender contender : contenders) {
      if (contender.options(options).batch() != options.batch()
          || contender.options(options).seed() != options.seed()) {
        throw new IllegalArgumentException(
            contender.name() + ": batch and seed must be the same for all contenders");
      }
    }
  }

  /** Told how far it is. */
  @FunctionalInterface
  public interface Listener {
    /** Rows that dictionaries were trained on so far, of {@link #work}. */
    void trained(long rows);
  }

  /** Rows to train on, over all contenders and seeds. */
  public long work() {
    return seeds
        * contenders.stream()
            .map(contender -> contender.options(options))
            .mapToLong(o -> Math.ceilDiv(o.tokens(), (long) o.batch()) * o.batch())
            .sum();
  }

  /**
   * Trains and measures.
   *
   * @throws IOException if files in the system's temporary folder cannot be written, or if a
   *     contender's loss is no longer a number
   */
  public PlantedReport run(Listener listener) throws IOException {
    Map<PlantedContender, List<PlantedReport.Trial>> trials = new LinkedHashMap<>();
    contenders.forEach(contender -> trials.put(contender, new ArrayList<>()));
    try (ScratchFolder folder = ScratchFolder.create()) {
      long[] trained = {0};
      TrainListener watch =
          (TrainProgress progress) -> {
            trained[0] += options.batch();
            listener.trained(trained[0]);
          };
      for (int i = 0; i < seeds; i++) {
        trial(options.seed() + i, folder.path(), watch, trials);
      }
    }
    return new PlantedReport(this, trials);
  }

  private void trial(
      long seed,
      Path folder,
      TrainListener watch,
      Map<PlantedContender, List<PlantedReport.Trial>> trials)
      throws IOException {
    PlantedDictionary planted = PlantedDictionary.of(setting, seed);
    List<TrainMember> members = new ArrayList<>();
    for (PlantedContender contender : contenders) {
      Path run = folder.resolve("seed-" + seed).resolve("run-" + members.size());
      Provenance provenance = new Provenance(HOOK, "", "", kind.key(), "", Map.of());
      members.add(
          new TrainMember(
              TrainingRun.create(run, provenance),
              contender.options(options).with("seed", Long.toString(seed)),
              watch));
    }
    List<TrainResult> results;
    try (BatchSource rows = new PlantedBatches(planted)) {
      results = Trainer.together(members, rows, () -> false);
    }
    for (int i = 0; i < contenders.size(); i++) {
      PlantedContender contender = contenders.get(i);
      TrainResult result = results.get(i);
      Path dictionary =
          result
              .dictionary()
              .orElseThrow(
                  () ->
                      new IOException(
                          "%s, seed %d: the loss is no longer a number: lower lr"
                              .formatted(contender.name(), seed)));
      try (Sae sae = SaeFiles.load(dictionary)) {
        trials
            .get(contender)
            .add(
                new PlantedReport.Trial(
                    seed,
                    Recovery.measure(planted, sae, evalRows),
                    result.last().orElseThrow().fvu()));
      }
    }
  }
}
