package org.sememe.models;

import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/**
 * What one run left: captured activations and logits. Owns its tensors: they live until {@link
 * #close}, whatever scope is closed in between, and must not be closed or changed by the caller.
 * May be handed to another thread; not for use by two at once.
 */
public interface Forward extends AutoCloseable {
  /** The hook points that were captured. */
  Set<String> hooks();

  /**
   * A captured activation, fp32 {@code [sequences, length, width]}.
   *
   * @throws IllegalArgumentException if the plan did not capture {@code hook}
   */
  Tensor activation(String hook);

  /**
   * The logits, fp32 {@code [sequences, length, vocabulary]}, or {@code [sequences, 1, vocabulary]}
   * if only the last were asked for.
   *
   * @throws IllegalStateException if the plan did not ask for logits
   */
  Tensor logits();

  /**
   * The gradient of a scalar, computed from this run's activations or logits, with respect to the
   * activation at a hook point named in {@link HookPlan.Builder#gradients}; fp32, of the
   * activation's shape, zero where nothing flows. May be called again for other scalars and points.
   * To compute the scalar, gradient recording has to be on, as it is unless a guard turned it off.
   *
   * @return a new tensor, owned by the caller (and his scope)
   */
  Tensor gradient(Tensor scalar, String hook);

  /** Frees the tensors; a second call does nothing. */
  @Override
  void close();
}
