package org.sememe.app.bench;

import java.lang.foreign.MemorySegment;
import org.bytedeco.pytorch.Tensor;

/** One way to do a training step. Owns its memory; one thread at a time. */
interface Contender extends AutoCloseable {
  /** Sets the decoder's bias, where there is one, as trainers do before the first step. */
  default void start(Tensor mean) {}

  /** Does a step on rows {@code [batch, d]} float32. */
  void step(MemorySegment batch);

  @Override
  void close();
}
