package org.sememe.app.stages;

import java.io.IOException;
import java.nio.file.Path;
import org.sememe.activations.HarvestOptions;
import org.sememe.activations.HarvestResult;
import org.sememe.activations.Harvester;
import org.sememe.app.terminal.Progress;
import org.sememe.app.terminal.Terminal;
import org.sememe.app.terminal.Unit;
import org.sememe.models.Network;
import org.sememe.models.text.TextSource;

/**
 * Runs a text through a model and keeps its activations.
 *
 * @param terminal where progress is shown
 * @param shown whether it is
 */
public record HarvestStage(Terminal terminal, boolean shown) {
  /** A harvest that shows its progress. */
  public HarvestStage(Terminal terminal) {
    this(terminal, true);
  }

  /** Harvests into {@code store}, or finds there what an equal harvest left. */
  public HarvestResult run(Network model, TextSource text, Path store, HarvestOptions options)
      throws IOException {
    long total = options.tokens() == HarvestOptions.ALL_TOKENS ? -1 : options.tokens();
    try (Progress progress =
        shown ? terminal.progress("harvest", Unit.TOKENS, total) : Progress.NONE) {
      return Harvester.harvest(
          model,
          model.tokenizer(),
          text,
          store,
          options,
          at -> progress.update(total < 0 ? at.tokens() : Math.min(total, at.tokens())));
    }
  }
}
