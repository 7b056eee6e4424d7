package org.sememe.training;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.sememe.sae.objective.Downstream;
import org.sememe.training.ranks.Mesh;

/** What trains a run's state, a batch at a time. One thread at a time. */
sealed interface Step extends AutoCloseable permits TrainStep, DesignStep, TemporalStep {
  /**
   * That of a run's options.
   *
   * @param state stays the caller's
   * @param mesh of the ranks that share the run; stays the caller's
   * @param threads that share the work of this one, as many as libtorch has
   * @param downstream the model behind the rows, where the options ask for it
   */
  static Step of(
      TrainState state,
      TrainOptions options,
      TrainPlan plan,
      Mesh mesh,
      int threads,
      Optional<Downstream> downstream) {
    if (options.temporal().wanted()) {
      return new TemporalStep(state, options, plan);
    }
    return options.fused()
        ? new TrainStep(state, options, plan, mesh, threads)
        : new DesignStep(state, options, plan, downstream);
  }

  /**
   * Does a step.
   *
   * @param batch scaled inputs {@code [batch, d]} float32, native memory; read only
   */
  StepFigures step(MemorySegment batch);

  /** How often latents fired in the steps since the last call, at least one. */
  DensityHistogram densities();

  @Override
  void close();
}
