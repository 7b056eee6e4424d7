package org.sememe.app.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.sememe.activations.ActivationStore;
import org.sememe.analysis.evaluation.EvaluationReport;
import org.sememe.app.command.options.MeasureOptions;
import org.sememe.app.inputs.DictionaryFolder;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.stages.EvaluateStage;
import org.sememe.app.stages.StageClock;
import org.sememe.app.terminal.Terminal;
import org.sememe.models.Network;
import org.sememe.sae.dictionary.Dictionary;

/**
 * Opens what an evaluation needs, and measures.
 *
 * @param terminal where progress is shown
 * @param threads for libtorch
 * @param clock times the stage
 */
record EvaluateJob(Terminal terminal, int threads, StageClock clock) {
  /**
   * Measures a dictionary.
   *
   * @param store the store to measure on; empty for the one its run was trained on
   */
  EvaluationReport run(String dictionary, Optional<Path> store, MeasureOptions measure)
      throws IOException {
    DictionaryFolder folder = DictionaryFolder.of(dictionary, new ModelOpener(terminal, threads));
    Path rows = store.isPresent() ? store.get() : folder.store();
    return clock.time(
        "eval",
        () -> {
          try (Dictionary measured = folder.open(threads);
              ActivationStore opened = ActivationStore.open(rows)) {
            if (!measure.spliced() || !EvaluateStage.canSplice(measured, opened)) {
              return new EvaluateStage(terminal)
                  .run(
                      measured,
                      folder.folder(),
                      opened,
                      Optional.empty(),
                      measure.options(),
                      folder.kept());
            }
            String named = measure.model().orElse(opened.manifest().model().path());
            try (Network model = new ModelOpener(terminal, threads).openNetwork(named)) {
              return new EvaluateStage(terminal)
                  .run(
                      measured,
                      folder.folder(),
                      opened,
                      Optional.of(model),
                      measure.options(),
                      folder.kept());
            }
          }
        });
  }
}
