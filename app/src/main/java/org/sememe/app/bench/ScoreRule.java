package org.sememe.app.bench;

import org.bytedeco.pytorch.Tensor;

/** A cheaper product in the encoder's place. */
interface ScoreRule {
  /** Takes in the rows and weights that are multiplied next, in the caller's scope. */
  void prepare(Tensor x, Tensor encoder);

  /** About {@code x W_encᵀ} of latents {@code first} to {@code first + count}. */
  void score(int first, int count, Tensor out);
}
