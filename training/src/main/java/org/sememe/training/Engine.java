package org.sememe.training;

/** What makes a step. */
public enum Engine {
  /** The fused step where the options allow it, else autograd. */
  AUTO,
  /** {@link TrainStep}: gradients by hand, at the active latents alone, fused with Adam. */
  FUSED,
  /** {@link DesignStep}: any design and optimiser, by libtorch's autograd. */
  AUTOGRAD
}
