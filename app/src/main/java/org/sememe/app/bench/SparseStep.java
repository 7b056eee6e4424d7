package org.sememe.app.bench;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.sememe.training.StepFigures;
import org.sememe.training.TrainOptions;
import org.sememe.training.TrainState;
import org.sememe.training.TrainStep;

/** Our own step, and where its time went. */
final class SparseStep implements Contender {
  private final TrainState state;
  private final TrainStep step;
  private final List<StepFigures> figures = new ArrayList<>();

  SparseStep(TrainOptions options, int width, int threads) {
    this.state = TrainState.initial(options, width);
    this.step = new TrainStep(state, options, options.plan(width), threads);
  }

  @Override
  public void step(MemorySegment batch) {
    figures.add(step.step(batch));
  }

  /** Its state, which it owns. */
  TrainState state() {
    return state;
  }

  /** What each step measured, in order. */
  List<StepFigures> figures() {
    return List.copyOf(figures);
  }

  @Override
  public void close() {
    step.close();
    state.close();
  }
}
