package org.sememe.app.command;

import java.io.IOException;
import java.nio.file.Path;
import org.sememe.activations.HarvestOptions;
import org.sememe.app.inputs.DictionaryFolder;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.inputs.RunRows;
import org.sememe.app.stages.HarvestStage;
import org.sememe.app.stages.StageClock;
import org.sememe.app.terminal.Terminal;
import org.sememe.models.Network;
import org.sememe.models.text.TextSources;

/**
 * The rows that a dictionary is measured on.
 *
 * @param terminal where progress is shown
 * @param threads for libtorch
 * @param clock times the harvest
 */
record HeldOutRows(Terminal terminal, int threads, StageClock clock) {
  /** Held-out tokens that are harvested to measure runs that had no store. */
  private static final long MEASURED_TOKENS = 20_000;

  /** The store that holds the rows; where none does, one is harvested into {@code folder}. */
  Path of(RunRows rows, Path folder) throws IOException {
    Path store = rows.storeFolder().orElse(folder.resolve(DictionaryFolder.HELD_OUT));
    if (rows instanceof RunRows.Streamed streamed) {
      clock.time("harvest", () -> harvest(streamed, store));
    }
    return store;
  }

  private Path harvest(RunRows.Streamed rows, Path store) throws IOException {
    HarvestOptions options =
        HarvestOptions.of(rows.hooks().all().toArray(String[]::new))
            .withContextLength(rows.rule().contextLength())
            .withHeldOutShare(rows.rule().heldOutShare())
            .withSeed(rows.rule().seed())
            .withTokens(MEASURED_TOKENS)
            .withHeldOutOnly(true);
    try (Network model = new ModelOpener(terminal, threads).openNetwork(rows.model())) {
      new HarvestStage(terminal).run(model, TextSources.open(rows.text()), store, options);
    }
    return store;
  }
}
