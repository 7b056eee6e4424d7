package org.sememe.training;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeConfig;
import org.sememe.sae.SaeFiles;
import org.sememe.sae.Sparsity;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;

/** The training loop. */
public final class Trainer {
  private final TrainingRun run;
  private final BatchSource source;
  private final TrainOptions options;
  private final TrainPlan plan;
  private final TrainListener listener;
  private final BooleanSupplier stopRequested;
  private final Checkpoints checkpoints;
  private final long start = System.nanoTime();

  private Trainer(
      TrainingRun run,
      BatchSource source,
      TrainOptions options,
      TrainListener listener,
      BooleanSupplier stopRequested) {
    this.run = run;
    this.source = source;
    this.options = options;
    this.plan = options.plan(source.width());
    this.listener = listener;
    this.stopRequested = stopRequested;
    this.checkpoints = new Checkpoints(run.checkpoints());
  }

  /**
   * Trains a new run from its first step: estimates the input scale and {@code b_dec} on the
   * source's first rows, steps through the budget, writes metrics and checkpoints on the way and
   * the folded dictionary at the end.
   *
   * @param run a run that was not begun
   * @param source at its start; stays the caller's to close
   * @param stopRequested asked after every step; true writes a checkpoint and returns
   * @throws IllegalStateException if the run was begun before (resume it), or if the loss is no
   *     longer a number
   */
  public static TrainResult train(
      TrainingRun run,
      BatchSource source,
      TrainOptions options,
      TrainListener listener,
      BooleanSupplier stopRequested)
      throws IOException {
    if (run.options().isPresent() || new Checkpoints(run.checkpoints()).any()) {
      throw new IllegalStateException(run.folder() + ": the run was begun before: resume it");
    }
    Trainer trainer = new Trainer(run, source, options, listener, stopRequested);
    new RunFile(run.provenance(), options).write(run.folder(), trainer.plan);
    return trainer.go();
  }

  /**
   * Continues a run from its newest whole checkpoint, or from the start where there is none, with
   * the options it was begun with. The weights at the end are bit for bit those of a run that was
   * never interrupted (same machine, same number of threads).
   *
   * @param source a source made as for the first call
   */
  public static TrainResult resume(
      TrainingRun run, BatchSource source, TrainListener listener, BooleanSupplier stopRequested)
      throws IOException {
    TrainOptions options =
        run.options()
            .orElseThrow(
                () -> new IllegalStateException(run.folder() + ": the run was not begun yet"));
    return new Trainer(run, source, options, listener, stopRequested).go();
  }

  private TrainResult go() throws IOException {
    if (run.finished()) {
      return new TrainResult(true, Optional.empty(), Optional.of(run.dictionary()), seconds());
    }
    try (Arena arena = Arena.ofShared();
        TrainState state = TrainState.initial(options, source.width())) {
      Checkpoints.Progress progress =
          checkpoints.restore(state, listener).orElseGet(() -> begin(state));
      source.seek(progress.position());
      return loop(arena, state, progress);
    }
  }

  private TrainResult loop(Arena arena, TrainState state, Checkpoints.Progress from)
      throws IOException {
    long steps = plan.schedule().steps();
    long first = state.step();
    long skippedBefore = from.skippedRows() - source.skippedRows();
    MemorySegment batch =
        arena.allocate(ValueLayout.JAVA_FLOAT, (long) options.batch() * source.width());
    Optional<TrainProgress> last = Optional.empty();
    try (TrainStep step = new TrainStep(state, options, plan, Torch.threads());
        RunLog log = new RunLog(run, first)) {
      while (state.step() < steps) {
        if (!source.next(batch)) {
          throw new IllegalStateException(
              "the rows came to an end after step " + state.step() + " of " + steps);
        }
        StartingPoint.scale(batch, from.inputScale());
        boolean screened = !Selector.givenUp(state);
        StepFigures figures = step.step(batch);
        tellOfScreen(figures, state.step() == first + 1, screened && Selector.givenUp(state));
        if (!Double.isFinite(figures.loss())) {
          throw new IllegalStateException(
              "the loss is no longer a number at step "
                  + state.step()
                  + ": lower lr; checkpoints before it are in "
                  + run.checkpoints());
        }
        TrainProgress now = progress(state, figures, first, skippedBefore + source.skippedRows());
        last = Optional.of(now);
        boolean stop = stopRequested.getAsBoolean();
        if (state.step() % options.logEvery() == 0 || state.step() == steps) {
          log.write(now);
        }
        if (state.step() % options.checkpointEvery() == 0 || state.step() == steps || stop) {
          checkpoints.write(
              state,
              new Checkpoints.Progress(source.position(), from.inputScale(), now.skippedRows()));
        }
        listener.step(now);
        if (stop && state.step() < steps) {
          return new TrainResult(false, last, Optional.empty(), seconds());
        }
      }
    }
    save(state, from.inputScale());
    return new TrainResult(true, last, Optional.of(run.dictionary()), seconds());
  }

  private void tellOfScreen(StepFigures figures, boolean first, boolean givenUp) {
    figures
        .screen()
        .filter(screen -> first || givenUp)
        .ifPresent(
            screen ->
                listener.note(
                    String.format(
                        Locale.ROOT,
                        "latents are screened in int8: %.1f candidates a row, recall %.5f on %d rows%s",
                        screen.candidates(),
                        screen.recall(),
                        screen.sampleRows(),
                        givenUp ? ", too little: going on with the whole product" : "")));
  }

  private Checkpoints.Progress begin(TrainState state) {
    StartingPoint start = StartingPoint.estimate(source, options);
    start.applyTo(state);
    return new Checkpoints.Progress(0, start.inputScale(), 0);
  }

  private TrainProgress progress(
      TrainState state, StepFigures figures, long first, long skippedRows) {
    return new TrainProgress(
        state.step(),
        plan.schedule().steps(),
        state.step() * options.batch(),
        figures.loss(),
        figures.squaredError(),
        figures.auxLoss(),
        figures.fvu(),
        figures.l0(),
        figures.dead(),
        figures.learningRate(),
        figures.gradientNorm(),
        state.threshold(),
        figures.screen(),
        (state.step() - first) * options.batch() / seconds(),
        skippedRows);
  }

  private double seconds() {
    return (System.nanoTime() - start) / 1e9;
  }

  /**
   * Writes the dictionary for unscaled inputs. With x = s x_raw in training: b_dec and b_enc are
   * divided by s, and so are the activations; the matrices stay, and decoder rows keep norm 1.
   */
  private void save(TrainState state, double scale) throws IOException {
    Provenance provenance = run.provenance();
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("model_sha256", provenance.modelSha256());
    metadata.put("text", provenance.text());
    metadata.put("text_sha256", provenance.textSha256());
    metadata.putAll(provenance.more());
    metadata.put("training_tokens", state.step() * options.batch());
    metadata.put("sememe_topk_threshold", state.threshold() < 0 ? null : state.threshold() / scale);
    metadata.put("sememe_options", options.toMap());
    SaeConfig config =
        new SaeConfig(
            source.width(),
            options.latents(),
            sparsity(),
            true,
            provenance.hook(),
            provenance.model(),
            scale,
            metadata);
    try (PointerScope scope = new PointerScope()) {
      Scalar s = new Scalar(scale);
      try (Sae folded =
          new Sae(
              config,
              state.tensor(TrainState.W_ENC).clone(),
              state.tensor(TrainState.B_ENC).div(s),
              state.tensor(TrainState.W_DEC).clone(),
              state.tensor(TrainState.B_DEC).div(s),
              thresholds(state, scale))) {
        SaeFiles.save(folded, run.dictionary());
      }
    }
  }

  /** What takes the selection's place once there is no batch any more. */
  private Sparsity sparsity() {
    return switch (options.architecture()) {
      case TOPK -> new Sparsity.TopK(options.k());
      case BATCHTOPK -> new Sparsity.JumpRelu();
    };
  }

  private Optional<Tensor> thresholds(TrainState state, double scale) {
    if (options.architecture() == Architecture.TOPK) {
      return Optional.empty();
    }
    float[] all = new float[options.latents()];
    Arrays.fill(all, (float) (Math.max(0, state.threshold()) / scale));
    return Optional.of(TensorMemory.floats(all, all.length));
  }
}
