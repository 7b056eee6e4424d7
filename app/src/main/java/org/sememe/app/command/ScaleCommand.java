package org.sememe.app.command;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.command.options.MeasureOptions;
import org.sememe.app.command.options.RecipeOptions;
import org.sememe.app.command.options.RowOptions;
import org.sememe.app.inputs.DictionaryFolder;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.app.inputs.RunRows;
import org.sememe.app.scale.ScaleFiles;
import org.sememe.app.scale.ScaleReport;
import org.sememe.app.stages.StageClock;
import org.sememe.app.stages.TrainStage;
import org.sememe.app.sweep.Sweep;
import org.sememe.app.sweep.SweepGrid;
import org.sememe.app.sweep.SweepMember;
import org.sememe.app.terminal.Terminal;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.training.Architecture;
import org.sememe.training.TrainOptions;
import org.sememe.training.scaling.LawFit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Trains a grid of widths, sparsities and budgets, and fits scaling laws to it. */
@Command(
    name = "scale",
    description =
        "Train every combination of some widths, sparsities and budgets in one pass, and fit how"
            + " the loss falls with width, sparsity and compute.",
    footer = {
      "",
      "Examples:",
      "  sememe scale --store stores/layer9 --latents 512,1024,2048,4096 --k 16,32,64"
          + " --tokens 250k,500k,1M --out scales/layer9",
      "  sememe scale --resume scales/layer9"
    })
public final class ScaleCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;
  @Mixin private RowOptions source;
  @Mixin private RecipeOptions recipe;
  @Mixin private MeasureOptions measure;

  @Option(
      names = "--latents",
      paramLabel = "N,N,...",
      split = ",",
      description = "Widths of the dictionaries.")
  private List<Integer> latents = List.of();

  @Option(
      names = "--k",
      paramLabel = "N,N,...",
      split = ",",
      description = "Active latents a token.")
  private List<Integer> ks = List.of();

  @Option(
      names = "--tokens",
      paramLabel = "N,N,...",
      split = ",",
      description = "Rows to train each dictionary on, repeats counted.")
  private List<Long> tokens = List.of();

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description = "Dictionaries of each size (default: ${DEFAULT-VALUE}).")
  private int seeds = 1;

  @Option(names = "--out", paramLabel = "DIR", description = "The grid's folder.")
  private Optional<Path> out = Optional.empty();

  @Option(
      names = "--resume",
      paramLabel = "DIR",
      description = "Go on with a grid that was stopped or killed, or fit a finished one again.")
  private Optional<Path> resume = Optional.empty();

  @Override
  public Integer call() throws IOException {
    SweepJob job =
        new SweepJob(common.terminal(), common.threads(), new StageClock(), "scale --resume");
    if (resume.isPresent()) {
      Sweep sweep = Sweep.read(resume.get());
      RunRows rows =
          RunRows.of(sweep.provenance(), new ModelOpener(common.terminal(), common.threads()));
      return finish(
          job, resume.get(), sweep, rows, sweep.measure().map(measure::over).orElse(measure));
    }
    if (out.isEmpty() || latents.isEmpty() || ks.isEmpty() || tokens.isEmpty()) {
      throw common.wrong("a new grid needs --latents, --k, --tokens and --out");
    }
    List<SweepMember> members = common.checked(this::members);
    if (Sweep.in(out.get())) {
      throw new FileAlreadyExistsException(
          out.get().toString(),
          null,
          "holds a grid already: go on with --resume, or give another folder");
    }
    RunRows given = source.rows(common);
    RunRows rows = given.rowSeed().isPresent() ? given : given.inOrder(members.getFirst().seed());
    Sweep sweep = Sweep.of(rows.provenance(), measure.kept(), members);
    sweep.write(out.get());
    return finish(job, out.get(), sweep, rows, measure);
  }

  private List<SweepMember> members() {
    Map<String, String> grid = new LinkedHashMap<>();
    grid.put("latents", list(latents));
    grid.put("k", list(ks));
    grid.put("tokens", list(tokens));
    return SweepGrid.of(grid, List.of(), seeds)
        .members(
            changes -> {
              TrainOptions options =
                  recipe.options(
                      latents.getFirst(), ks.getFirst(), tokens.getFirst(), with(changes));
              if (options.beyond().isPresent()) {
                throw new IllegalArgumentException(
                    options.beyond().get()
                        + ": laws of compute are of autoencoders with a dense encoder; use sweep");
              }
              Architecture architecture = options.architecture();
              if (!architecture.selects()) {
                throw new IllegalArgumentException(
                    "architecture "
                        + architecture.name().toLowerCase(Locale.ROOT)
                        + ": a grid over k needs one that selects k latents, such as topk");
              }
              return options;
            });
  }

  private Map<String, String> with(Map<String, String> changes) {
    Map<String, String> all = new LinkedHashMap<>(changes);
    all.putAll(source.kind(common));
    return all;
  }

  private static String list(List<?> values) {
    return String.join(",", values.stream().map(Object::toString).toList());
  }

  private int finish(SweepJob job, Path folder, Sweep sweep, RunRows rows, MeasureOptions measured)
      throws IOException {
    Optional<Sweep> known = job.measured(folder, sweep, rows, measured);
    if (known.isEmpty()) {
      return TrainStage.INTERRUPTED;
    }
    Terminal terminal = common.terminal();
    Optional<SweepMember> any =
        known.get().members().stream().filter(m -> m.scores().isPresent()).findFirst();
    if (any.isEmpty()) {
      terminal.say("no dictionary of " + folder + " could be trained to its end");
      return 1;
    }
    ScaleReport report = ScaleReport.of(known.get(), width(folder.resolve(any.get().name())));
    ScaleFiles.write(report, folder);
    tell(report);
    Map<String, Object> fields = new LinkedHashMap<>(report.fields());
    fields.put("seconds", job.clock().seconds());
    fields.put("out", folder.toAbsolutePath().normalize().toString());
    terminal.say("page: " + folder.resolve(ScaleFiles.PAGE));
    terminal.result(fields);
    return 0;
  }

  private int width(Path run) throws IOException {
    try (Dictionary any = DictionaryFolder.of(run.toString()).open(common.threads())) {
      return Math.toIntExact(any.facts().input().width());
    }
  }

  private void tell(ScaleReport report) {
    Terminal terminal = common.terminal();
    report.size().ifPresentOrElse(this::tell, () -> terminal.say(tooFew(report)));
    report
        .compute()
        .forEach(
            (k, fit) -> {
              terminal.say("best for each compute, k = " + k);
              tell(fit);
            });
    report
        .envelopes()
        .forEach(
            (k, envelope) ->
                envelope
                    .widthExponent()
                    .ifPresent(
                        width ->
                            terminal.say(
                                String.format(
                                    Locale.ROOT,
                                    "k = %d: over %d best dictionaries n grows as C^%.3f, tokens as"
                                        + " C^%.3f",
                                    k,
                                    envelope.points().size(),
                                    width,
                                    envelope.tokensExponent().orElse(0)))));
  }

  private static String tooFew(ScaleReport report) {
    return "no law of width: %d dictionaries are too few; give more widths"
        .formatted(report.points().size());
  }

  private void tell(LawFit fit) {
    Terminal terminal = common.terminal();
    terminal.say(fit.law().formula());
    for (int i = 0; i < fit.parameters().size(); i++) {
      terminal.say(
          String.format(
              Locale.ROOT,
              "  %-7s %9.4f  (95 %%: %.4f to %.4f)",
              fit.law().names().get(i),
              fit.parameters().get(i),
              fit.intervals().get(i).getFirst(),
              fit.intervals().get(i).getLast()));
    }
    StringBuilder errors =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "  relative error %.2f %% on %d dictionaries",
                100 * fit.error(),
                fit.points().size()));
    fit.leaveOneOut()
        .ifPresent(e -> errors.append(String.format(Locale.ROOT, ", left out %.2f %%", 100 * e)));
    fit.extrapolation()
        .ifPresent(
            e -> errors.append(String.format(Locale.ROOT, ", largest left out %.2f %%", 100 * e)));
    terminal.say(errors.toString());
  }
}
