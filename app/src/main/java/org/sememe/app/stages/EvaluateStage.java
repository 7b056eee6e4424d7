package org.sememe.app.stages;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.sememe.activations.ActivationStore;
import org.sememe.analysis.evaluation.Evaluation;
import org.sememe.analysis.evaluation.EvaluationListener;
import org.sememe.analysis.evaluation.EvaluationOptions;
import org.sememe.analysis.evaluation.EvaluationReport;
import org.sememe.app.terminal.Progress;
import org.sememe.app.terminal.Terminal;
import org.sememe.app.terminal.Unit;
import org.sememe.models.Network;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.dictionary.Kind;
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
   * @param folder of the dictionary, whose weights' hash says which it is
   * @param kept folder that keeps the report
   */
  public EvaluationReport run(
      Dictionary dictionary,
      Path folder,
      ActivationStore store,
      Optional<? extends Network> model,
      EvaluationOptions options,
      Path kept)
      throws IOException {
    return together(List.of(new Measured(dictionary, folder, kept)), store, model, options)
        .getFirst();
  }

  /**
   * A dictionary to measure.
   *
   * @param folder its folder, whose weights' hash says which it is
   * @param kept folder that keeps the report
   */
  public record Measured(Dictionary dictionary, Path folder, Path kept) {}

  /**
   * Whether the model that a store's rows are of can be run with reconstructions in their place.
   */
  public static boolean canSplice(Dictionary dictionary, ActivationStore store) {
    return store.manifest().ofText()
        && dictionary.facts().output().hooks().size() == 1
        && dictionary.facts().kind() != Kind.TEMPORAL;
  }

  /** The same for several of one store; those that are not known yet are measured together. */
  public List<EvaluationReport> together(
      List<Measured> all,
      ActivationStore store,
      Optional<? extends Network> model,
      EvaluationOptions options)
      throws IOException {
    Map<Measured, EvaluationReport> reports = new LinkedHashMap<>();
    Map<Measured, Map<String, String>> open = new LinkedHashMap<>();
    for (Measured one : all) {
      Map<String, String> inputs = new LinkedHashMap<>();
      inputs.put("dictionary", hash(one.folder()));
      inputs.put("store", store.manifest().fingerprint() + " " + store.manifest().textSha256());
      inputs.put(
          "model",
          model
              .filter(m -> canSplice(one.dictionary(), store))
              .map(m -> m.info().sha256())
              .orElse("none"));
      inputs.put("options", options.toString());
      Evaluated.read(one.kept())
          .filter(before -> before.inputs().equals(inputs))
          .ifPresentOrElse(
              before -> reports.put(one, before.report()), () -> open.put(one, inputs));
    }
    if (!open.isEmpty()) {
      List<Measured> missing = List.copyOf(open.keySet());
      try (Watch watch = new Watch(terminal, missing.size())) {
        List<EvaluationReport> found =
            Evaluation.ofDictionaries(
                missing.stream().map(Measured::dictionary).toList(), store, model, options, watch);
        for (int i = 0; i < found.size(); i++) {
          new Evaluated(open.get(missing.get(i)), found.get(i)).write(missing.get(i).kept());
          reports.put(missing.get(i), found.get(i));
        }
      }
    }
    return all.stream().map(reports::get).toList();
  }

  /**
   * The SHA-256 of a dictionary's weights; of all files of a folder where they have other names.
   */
  private static String hash(Path place) throws IOException {
    Path own = place.resolve("sae_weights.safetensors");
    if (Files.isRegularFile(place) || Files.isRegularFile(own)) {
      return Sha256.of(Files.isRegularFile(place) ? place : own);
    }
    StringBuilder all = new StringBuilder();
    try (Stream<Path> files = Files.walk(place)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        all.append(place.relativize(file)).append(' ').append(Sha256.of(file)).append('\n');
      }
    }
    return Sha256.of(all.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** Each dictionary's rows, then the contexts, each as a progress of its own. */
  private static final class Watch implements EvaluationListener, AutoCloseable {
    private final Terminal terminal;
    private Optional<Progress> progress = Optional.empty();
    private long last;
    private int dictionaries;

    /** A watch over so many dictionaries. */
    Watch(Terminal terminal, int dictionaries) {
      this.terminal = terminal;
      this.dictionaries = dictionaries;
    }

    @Override
    public void progress(long done, long total) {
      if (progress.isPresent() && done < last) {
        close();
        dictionaries--;
      }
      if (progress.isEmpty()) {
        boolean rows = dictionaries > 0;
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
