package org.sememe.app.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.sememe.activations.ActivationStore;
import org.sememe.analysis.evaluation.EvaluationReport;
import org.sememe.app.command.options.MeasureOptions;
import org.sememe.app.inputs.DictionaryFolder;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.inputs.RunRows;
import org.sememe.app.stages.EvaluateStage;
import org.sememe.app.stages.StageClock;
import org.sememe.app.stages.SweepStage;
import org.sememe.app.stages.TrainStage;
import org.sememe.app.sweep.ParetoCsv;
import org.sememe.app.sweep.ParetoSvg;
import org.sememe.app.sweep.RecipeMean;
import org.sememe.app.sweep.Sweep;
import org.sememe.app.sweep.SweepMember;
import org.sememe.app.sweep.SweepScores;
import org.sememe.app.terminal.Terminal;
import org.sememe.models.Network;
import org.sememe.tensors.Torch;
import org.sememe.training.BatchSource;
import org.sememe.training.RowHooks;
import org.sememe.training.TrainOptions;
import org.sememe.training.TrainResult;
import org.sememe.training.ranks.Mesh;
import org.sememe.training.ranks.RankLostException;

/**
 * A sweep from its first step, or from where it is, to its comparison.
 *
 * @param terminal where progress is shown
 * @param threads for libtorch
 * @param clock times the stages
 * @param command that goes on with it when it was stopped, such as {@code resume}
 */
record SweepJob(Terminal terminal, int threads, StageClock clock, String command) {
  /** Bytes of files whose weights are held at once to be measured; one dictionary may have more. */
  private static final long MEASURED_TOGETHER = 2L << 30;

  /** How a process meets the others that it trains with. */
  @FunctionalInterface
  interface Meeting {
    Mesh join() throws IOException;
  }

  int run(Path folder, Sweep sweep, RunRows rows, MeasureOptions measure, Meeting ranks)
      throws IOException {
    Torch.start(threads);
    List<TrainResult> results;
    try (Mesh mesh = ranks.join()) {
      results = train(folder, sweep, rows, mesh);
      if (SweepStage.stopped(results)) {
        return TrainStage.INTERRUPTED;
      }
      if (!mesh.speaks()) {
        return 0;
      }
    } catch (RankLostException e) {
      throw new RankLostException(
          e.getMessage() + "; continue with: sememe " + command + " " + folder, e);
    }
    Sweep measured = compared(folder, sweep, rows, results, measure);
    tell(folder, measured);
    return measured.recipes().isEmpty() ? 1 : 0;
  }

  /** The sweep once it was trained and measured, with its files; empty if it was stopped. */
  Optional<Sweep> measured(Path folder, Sweep sweep, RunRows rows, MeasureOptions measure)
      throws IOException {
    Torch.start(threads);
    List<TrainResult> results = train(folder, sweep, rows, Mesh.single());
    return SweepStage.stopped(results)
        ? Optional.empty()
        : Optional.of(compared(folder, sweep, rows, results, measure));
  }

  private Sweep compared(
      Path folder, Sweep sweep, RunRows rows, List<TrainResult> results, MeasureOptions measure)
      throws IOException {
    Path store = new HeldOutRows(terminal, threads, clock).of(rows, folder);
    Sweep measured =
        clock.time("eval", () -> sweep.with(measure(folder, sweep, results, store, measure)));
    measured.write(folder);
    ParetoCsv.write(measured, folder);
    ParetoSvg.write(measured, folder);
    return measured;
  }

  private List<TrainResult> train(Path folder, Sweep sweep, RunRows rows, Mesh mesh)
      throws IOException {
    return clock.time("train", () -> trained(folder, sweep, rows, mesh));
  }

  private List<TrainResult> trained(Path folder, Sweep sweep, RunRows rows, Mesh mesh)
      throws IOException {
    TrainOptions any =
        sweep.members().getFirst().run(folder, sweep.provenance(), at -> {}).options();
    List<RowHooks> hooks =
        SweepStage.trained(mesh, sweep).stream()
            .map(member -> member.hooks(sweep.provenance()))
            .distinct()
            .toList();
    try (RunRows.Opened opened = rows.open(hooks, any)) {
      Map<RowHooks, BatchSource> sources = new LinkedHashMap<>();
      for (int i = 0; i < hooks.size(); i++) {
        sources.put(hooks.get(i), opened.sources().get(i));
      }
      return new SweepStage(terminal, command).train(folder, sweep, sources, mesh);
    }
  }

  private List<SweepMember> measure(
      Path folder, Sweep sweep, List<TrainResult> results, Path store, MeasureOptions measure)
      throws IOException {
    try (ActivationStore opened = ActivationStore.open(store)) {
      if (!measure.spliced() || !opened.manifest().ofText()) {
        return measure(folder, sweep, results, opened, Optional.empty(), measure);
      }
      String named = measure.model().orElse(opened.manifest().model().path());
      try (Network model = new ModelOpener(terminal, threads).openNetwork(named)) {
        return measure(folder, sweep, results, opened, Optional.of(model), measure);
      }
    }
  }

  private List<SweepMember> measure(
      Path folder,
      Sweep sweep,
      List<TrainResult> results,
      ActivationStore store,
      Optional<Network> model,
      MeasureOptions measure)
      throws IOException {
    List<SweepMember> measured = new ArrayList<>(sweep.members());
    List<Integer> trained = new ArrayList<>();
    for (int i = 0; i < results.size(); i++) {
      Optional<String> failure = results.get(i).failure();
      if (failure.isPresent()) {
        measured.set(i, sweep.members().get(i).failed(failure.get()));
      } else {
        trained.add(i);
      }
    }
    for (List<Integer> together : together(folder, sweep, trained)) {
      measure(folder, measured, together, store, model, measure);
    }
    return measured;
  }

  /** Members' numbers in groups that fit into memory. */
  private static List<List<Integer>> together(Path folder, Sweep sweep, List<Integer> numbers)
      throws IOException {
    List<List<Integer>> groups = new ArrayList<>();
    long bytes = MEASURED_TOGETHER;
    for (int number : numbers) {
      long own = dictionary(folder, sweep.members().get(number)).bytes();
      if (bytes + own > MEASURED_TOGETHER) {
        groups.add(new ArrayList<>());
        bytes = 0;
      }
      groups.getLast().add(number);
      bytes += own;
    }
    return groups;
  }

  private static DictionaryFolder dictionary(Path sweep, SweepMember member) throws IOException {
    return DictionaryFolder.of(sweep.resolve(member.name()).toString());
  }

  /** Measures the members of these numbers, and puts what is known of them in their places. */
  private void measure(
      Path folder,
      List<SweepMember> members,
      List<Integer> numbers,
      ActivationStore store,
      Optional<Network> model,
      MeasureOptions measure)
      throws IOException {
    List<EvaluateStage.Measured> open = new ArrayList<>();
    try {
      for (int number : numbers) {
        DictionaryFolder dictionary = dictionary(folder, members.get(number));
        open.add(
            new EvaluateStage.Measured(
                dictionary.open(threads), dictionary.folder(), dictionary.kept()));
      }
      List<EvaluationReport> reports =
          new EvaluateStage(terminal).together(open, store, model, measure.options());
      for (int i = 0; i < reports.size(); i++) {
        int number = numbers.get(i);
        members.set(number, members.get(number).measured(SweepScores.of(reports.get(i))));
      }
    } finally {
      open.forEach(one -> one.dictionary().close());
    }
  }

  private void tell(Path folder, Sweep sweep) {
    int width =
        Math.max(6, sweep.recipes().stream().mapToInt(r -> r.recipe().length()).max().orElse(0));
    String row = "%-" + width + "s  %5s  %8s  %8s  %12s  %8s  %s";
    terminal.say(
        String.format(
            Locale.ROOT, row, "recipe", "seeds", "L0", "FVU", "CE recovered", "dead", ""));
    for (RecipeMean mean : sweep.recipes()) {
      terminal.say(
          String.format(
                  Locale.ROOT,
                  row,
                  mean.recipe(),
                  mean.members(),
                  String.format(Locale.ROOT, "%.2f", mean.l0()),
                  String.format(Locale.ROOT, "%.4f", mean.fvu()),
                  mean.ceRecovered().isPresent()
                      ? String.format(Locale.ROOT, "%.4f", mean.ceRecovered().getAsDouble())
                      : "",
                  String.format(Locale.ROOT, "%.2f %%", 100 * mean.deadShare()),
                  mean.front() ? "front" : "")
              .stripTrailing());
    }
    for (SweepMember member : sweep.members()) {
      member.failure().ifPresent(why -> terminal.say(member.name() + ": " + why));
    }
    sweep.members().stream()
        .flatMap(member -> member.scores().stream())
        .findFirst()
        .ifPresent(
            scores ->
                terminal.say(
                    String.format(
                        Locale.ROOT,
                        "measured on %,d rows of %,d documents; predictions of %,d tokens in %,d"
                            + " contexts",
                        scores.rows(),
                        scores.documents(),
                        scores.spliceTokens(),
                        scores.spliceContexts())));
    terminal.say("plot: " + folder.resolve(ParetoSvg.FILE));
    terminal.say("compare: sememe studio " + folder);
    Map<String, Object> fields = new LinkedHashMap<>(sweep.fields());
    fields.put("seconds", clock.seconds());
    fields.put("out", folder.toAbsolutePath().normalize().toString());
    terminal.result(fields);
  }
}
