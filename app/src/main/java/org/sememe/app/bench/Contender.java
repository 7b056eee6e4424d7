package org.sememe.app.bench;

import java.lang.foreign.MemorySegment;

/** One way to do a training step. Owns its memory; one thread at a time. */
interface Contender extends AutoCloseable {
  /** Does a step on rows {@code [batch, d]} float32. */
  void step(MemorySegment batch);

  @Override
  void close();
}
