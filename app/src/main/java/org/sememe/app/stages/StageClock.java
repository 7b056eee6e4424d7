package org.sememe.app.stages;

import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/** Wall time by stage, in the order they ran. One thread. */
public final class StageClock {
  private final SequencedMap<String, Double> seconds = new LinkedHashMap<>();

  /** Work that may fail on a file. */
  @FunctionalInterface
  public interface Work<T> {
    T run() throws IOException;
  }

  /** Does the work and adds the time it took to its stage. */
  public <T> T time(String stage, Work<T> work) throws IOException {
    long start = System.nanoTime();
    try {
      return work.run();
    } finally {
      seconds.merge(stage, (System.nanoTime() - start) / 1e9, Double::sum);
    }
  }

  /** Seconds by stage. */
  public SequencedMap<String, Double> seconds() {
    return Collections.unmodifiableSequencedMap(seconds);
  }
}
