package org.sememe.training;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.sememe.sae.fold.FittedInput;
import org.sememe.sae.objective.Downstream;
import org.sememe.tensors.Torch;

/**
 * A run while it is being trained: its state, its steps and what it writes. Owns native memory
 * until it is closed. One thread at a time.
 */
final class Trainee implements AutoCloseable {
  private final TrainMember member;
  private final DealtState dealt;
  private final TrainPlan plan;
  private final Checkpoints checkpoints;
  private final TrainState state;
  private final Step step;
  private final Optional<RunLog> log;
  private final EarlyWarnings signs;
  private final SecondsSplit split = new SecondsSplit();
  private final List<String> warnings = new ArrayList<>();
  private final Resampler resampler;
  private final double inputScale;
  private final FittedInput input;
  private final long first;
  private final long position;
  private final long created = System.nanoTime();
  private long began;
  private long skipped;
  private Optional<TrainProgress> last = Optional.empty();
  private Optional<String> failure = Optional.empty();

  /**
   * A run at a place.
   *
   * @param begun the place; its state is closed with this, but not where this throws
   * @param source of its rows
   * @param dealt how the state is dealt out over ranks, of which the first writes what is written
   */
  Trainee(TrainMember member, DealtState.Begun begun, BatchSource source, DealtState dealt)
      throws IOException {
    TrainState state = begun.state();
    Checkpoints.Progress from = begun.progress();
    this.member = member;
    this.dealt = dealt;
    this.plan = member.options().plan(state.width());
    this.checkpoints = new Checkpoints(member.run().checkpoints());
    this.state = state;
    this.inputScale = from.inputScale();
    this.input = state.input(inputScale);
    this.first = state.step();
    this.position = from.position();
    this.skipped = from.skippedRows();
    this.log =
        dealt.mesh().leads() ? Optional.of(new RunLog(member.run(), first)) : Optional.empty();
    this.signs = new EarlyWarnings(member.options().latents());
    this.resampler = new Resampler(member.run(), member.options(), state, plan.deadTokens());
    this.step =
        Step.of(state, member.options(), plan, dealt.mesh(), Torch.threads(), downstream(source));
  }

  /** The model behind the rows, where the options ask for it. */
  private Optional<Downstream> downstream(BatchSource source) {
    EndToEnd wanted = member.options().endToEnd();
    if (!wanted.wanted()) {
      return Optional.empty();
    }
    if (source instanceof ContextBatches contexts) {
      return Optional.of(contexts.downstream(wanted, inputScale));
    }
    throw new IllegalArgumentException(
        "end-to-end training runs the model: give MODEL, --text and --hook, and no store");
  }

  /** Steps done, and so the number of the batch that comes next. */
  long done() {
    return state.step();
  }

  /** Where the source was when this run was taken up. */
  long position() {
    return position;
  }

  /** Whether no step is left to do. */
  boolean ended() {
    return failure.isPresent() || done() >= plan.schedule().steps();
  }

  /**
   * Does a step.
   *
   * @param skippedRows rows that were left out on the way to this batch
   */
  void step(ScaledRows rows, long skippedRows) {
    if (done() == first) {
      began = System.nanoTime();
    }
    skipped += skippedRows;
    boolean screened = !Selector.givenUp(state);
    StepFigures figures = step.step(rows.under(input));
    state.remember();
    tellOfScreen(figures, done() == first + 1, screened && Selector.givenUp(state));
    if (Double.isFinite(figures.loss())) {
      TrainProgress now = progress(figures);
      last = Optional.of(now);
      split.add(figures.times());
      signs.after(now).forEach(this::warn);
    } else {
      failure =
          Optional.of(
              "the loss is no longer a number at step "
                  + done()
                  + ": lower lr; checkpoints before it are in "
                  + member.run().checkpoints());
    }
  }

  private void warn(String line) {
    warnings.add(line);
    member.listener().note("warning: step " + done() + ": " + line);
  }

  /** Gives dead latents a new start where it is time to, by the rows that come next. */
  void resample(BatchSource source) throws IOException {
    if (plan.resampling().filter(course -> course.due(done())).isPresent() && !ended()) {
      int renewed = resampler.resample(source, input);
      member.listener().note("step " + done() + ": " + renewed + " dead latents got a new start");
    }
  }

  /**
   * Writes what is due after a step.
   *
   * @param at the source's position after the batch
   * @param stop whether this was the last step for now
   */
  void write(long at, boolean stop) throws IOException {
    if (failure.isPresent()) {
      if (log.isPresent()) {
        log.get().fail(done(), done() * member.options().batch(), failure.get());
      }
      return;
    }
    TrainOptions options = member.options();
    boolean end = ended();
    if (done() % options.logEvery() == 0 || end) {
      DensityHistogram densities = step.densities();
      if (log.isPresent()) {
        log.get().write(last.orElseThrow(), split.take(), densities, warnings);
      }
      warnings.clear();
    }
    if (done() % options.checkpointEvery() == 0 || end || stop) {
      Checkpoints.Progress progress = new Checkpoints.Progress(at, inputScale, skipped);
      dealt.whole(state, whole -> checkpoints.write(whole, progress));
    }
    member.listener().step(last.orElseThrow());
  }

  /** How it went; saves the dictionary where the last step is done. */
  TrainResult result() throws IOException {
    boolean finished = ended() && failure.isEmpty();
    if (finished) {
      dealt.whole(
          state, whole -> new FoldedDictionary(member.run(), member.options(), whole).save(input));
    }
    return new TrainResult(
        finished,
        last,
        finished ? Optional.of(member.run().dictionary()) : Optional.empty(),
        (System.nanoTime() - created) / 1e9,
        failure);
  }

  private void tellOfScreen(StepFigures figures, boolean firstStep, boolean givenUp) {
    figures
        .screen()
        .filter(screen -> firstStep || givenUp)
        .ifPresent(
            screen ->
                member
                    .listener()
                    .note(
                        String.format(
                            Locale.ROOT,
                            "latents are screened in int8: %.1f candidates a row, recall %.5f on"
                                + " %d rows%s",
                            screen.candidates(),
                            screen.recall(),
                            screen.sampleRows(),
                            givenUp ? ", too little: going on with the whole product" : "")));
  }

  private TrainProgress progress(StepFigures figures) {
    int batch = member.options().batch();
    return new TrainProgress(
        done(),
        plan.schedule().steps(),
        done() * batch,
        figures.loss(),
        figures.squaredError(),
        figures.auxLoss(),
        figures.penalty(),
        figures.fvu(),
        figures.l0(),
        figures.dead(),
        figures.learningRate(),
        figures.gradientNorm(),
        state.threshold(),
        figures.screen(),
        (done() - first) * batch / ((System.nanoTime() - began) / 1e9),
        skipped);
  }

  @Override
  public void close() throws IOException {
    try (state;
        step) {
      if (log.isPresent()) {
        log.get().close();
      }
    }
  }
}
