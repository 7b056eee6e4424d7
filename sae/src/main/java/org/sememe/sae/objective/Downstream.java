package org.sememe.sae.objective;

import org.bytedeco.pytorch.Tensor;

/**
 * What a network makes of reconstructions in place of its own activations (end-to-end training:
 * Braun et al. 2024).
 */
@FunctionalInterface
public interface Downstream {
  /**
   * A loss of the network, and how it changes with the reconstructions.
   *
   * @param gradient {@code [n, d]}
   */
  record Pull(double loss, Tensor gradient) {}

  /**
   * Runs the network.
   *
   * @param reconstructions {@code [n, d]}, without a graph, the caller's
   * @return in the caller's scope
   */
  Pull of(Tensor reconstructions);
}
