package org.sememe.training.optimiser;

import java.util.Map;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Tensor;

/**
 * Moves named tensors along their gradients. All that it remembers is named tensors, which it owns
 * until it is closed; a gradient's shape, type and device are its parameter's. Deterministic. One
 * thread at a time.
 */
public interface Optimiser extends RowMemory, AutoCloseable {
  /**
   * One update, in place.
   *
   * @param parameters plain tensors, without a graph; those without a gradient stay
   * @param gradients by the same names; unchanged
   * @throws IllegalArgumentException if a gradient has no parameter or another shape
   */
  void step(Map<String, Tensor> parameters, Map<String, Tensor> gradients, LearningRate rate);

  /** What a checkpoint keeps: the optimiser's own tensors, empty before the first update. */
  SequencedMap<String, Tensor> state();

  /** Takes copies of tensors that {@link #state} gave, in place of what it remembers. */
  void restore(Map<String, Tensor> state);

  /**
   * The weights to evaluate and to save: {@code parameters} themselves but for an optimiser that
   * averages. New tensors belong to the caller's scope.
   */
  Map<String, Tensor> averaged(Map<String, Tensor> parameters);

  @Override
  void close();
}
