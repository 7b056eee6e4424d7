package org.sememe.app.stages;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.sememe.activations.ActivationStore;
import org.sememe.analysis.evaluation.Evaluation;
import org.sememe.analysis.evaluation.EvaluationListener;
import org.sememe.analysis.evaluation.EvaluationOptions;
import org.sememe.analysis.evaluation.EvaluationReport;
import org.sememe.app.terminal.Progress;
import org.sememe.app.terminal.Terminal;
import org.sememe.app.terminal.Unit;
import org.sememe.models.LanguageModel;
import org.sememe.sae.Sae;
import org.sememe.tensors.Sha256;

/**
 * Measures a dictionary.
 *
 * @param terminal where progress is shown
 */
public record EvaluateStage(Terminal terminal) {
  /**
   * Measures, or finds that the same was measured before.
   *
   * @param dictionary folder of the dictionary, whose weights' hash says which it is
   * @param kept folder that keeps the report
   */
  public EvaluationReport run(
      Sae sae,
      Path dictionary,
      ActivationStore store,
      Optional<LanguageModel> model,
      EvaluationOptions options,
      Path kept)
      throws IOException {
    Map<String, String> inputs = new LinkedHashMap<>();
    inputs.put("dictionary", Sha256.of(dictionary.resolve("sae_weights.safetensors")));
    inputs.put("store", store.manifest().fingerprint() + " " + store.manifest().textSha256());
    inputs.put("model", model.map(m -> m.info().sha256()).orElse("none"));
    inputs.put("options", options.toString());
    Optional<Evaluated> before = Evaluated.read(kept).filter(e -> e.inputs().equals(inputs));
    if (before.isPresent()) {
      return before.get().report();
    }
    try (Watch watch = new Watch(terminal)) {
      EvaluationReport report = Evaluation.evaluate(sae, store, model, options, watch);
      new Evaluated(inputs, report).write(kept);
      return report;
    }
  }

  /** Rows first, then contexts, each as a progress of its own. */
  private static final class Watch implements EvaluationListener, AutoCloseable {
    private final Terminal terminal;
    private Optional<Progress> progress = Optional.empty();
    private long last;
    private boolean rows = true;

    Watch(Terminal terminal) {
      this.terminal = terminal;
    }

    @Override
    public void progress(long done, long total) {
      if (progress.isPresent() && done < last) {
        close();
        rows = false;
      }
      if (progress.isEmpty()) {
        progress =
            Optional.of(
                terminal.progress(
                    rows ? "evaluate" : "splice", rows ? Unit.ROWS : Unit.CONTEXTS, total));
      }
      progress.get().update(done);
      last = done;
    }

    @Override
    public void close() {
      progress.ifPresent(Progress::close);
      progress = Optional.empty();
    }
  }
}
