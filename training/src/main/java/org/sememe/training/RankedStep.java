package org.sememe.training;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.sememe.training.ranks.Mesh;

/**
 * A rank's steps from a run's first weights, without a run's files: to be timed. Owns native
 * memory. Every rank makes the same calls, each from one thread.
 */
public final class RankedStep implements AutoCloseable {
  private final TrainState state;
  private final TrainStep step;

  /**
   * Begins on all ranks with the weights of rank 0.
   *
   * @param width of a row
   * @param mesh of the ranks; stays the caller's
   * @param threads that share this rank's work, as many as libtorch has
   * @throws IllegalArgumentException if the options need one rank
   */
  public RankedStep(TrainOptions options, int width, Mesh mesh, int threads) {
    RowLayout layout = RowLayout.of(width);
    DealtState dealt = new DealtState(mesh, options, layout);
    dealt.check();
    this.state =
        dealt
            .deal(
                mesh.leads()
                    ? Optional.of(
                        new DealtState.Begun(
                            TrainState.initial(options, layout), new Checkpoints.Progress(0, 1, 0)))
                    : Optional.empty())
            .state();
    this.step = new TrainStep(state, options, options.plan(width), mesh, threads);
  }

  /** Does a step on the rows that every rank has, float32 {@code [batch, width]}. */
  public StepFigures step(MemorySegment batch) {
    return step.step(batch);
  }

  @Override
  public void close() {
    step.close();
    state.close();
  }
}
