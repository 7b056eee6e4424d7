package org.sememe.training;

/** Watches a training run. Called on the training thread: return quickly. */
@FunctionalInterface
public interface TrainListener {
  /** After every step. */
  void step(TrainProgress progress);

  /** Something the user should read, as one line: a checkpoint that had to be passed over, say. */
  default void note(String message) {}
}
