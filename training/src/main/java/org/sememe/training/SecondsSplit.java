package org.sememe.training;

import java.util.LinkedHashMap;
import java.util.Map;

/** Where the time of the steps since the last look went. One thread at a time. */
final class SecondsSplit {
  private StepFigures.Times sum = new StepFigures.Times(0, 0, 0, 0, 0);
  private long since = System.nanoTime();
  private long steps;

  void add(StepFigures.Times times) {
    sum = sum.plus(times);
    steps++;
  }

  /**
   * Mean seconds of a step by part, of at least one step, and begins anew. {@code other} is what
   * passed outside of steps: waiting for rows, runs that are trained beside this one, writing.
   */
  Map<String, Double> take() {
    long now = System.nanoTime();
    Map<String, Double> split = new LinkedHashMap<>();
    split.put("encode", mean(sum.encode()));
    split.put("select", mean(sum.select()));
    split.put("decode", mean(sum.decode()));
    split.put("gradients", mean(sum.gradients()));
    split.put("optimiser", mean(sum.optimiser()));
    split.put("other", mean(Math.max(0, now - since - sum.total())));
    sum = new StepFigures.Times(0, 0, 0, 0, 0);
    since = now;
    steps = 0;
    return split;
  }

  private double mean(long nanos) {
    return nanos / 1e9 / steps;
  }
}
