package org.sememe.app.bench;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.sememe.training.BatchSource;
import org.sememe.training.StartingPoint;
import org.sememe.training.TrainOptions;

/**
 * One contender's training, with a clock that runs while it draws, scales and learns from rows and
 * stands while it is measured. Owns its batch only. One thread at a time.
 */
final class QualityRun implements AutoCloseable {
  private final Contender contender;
  private final Map<String, Tensor> weights;
  private final BatchSource source;
  private final StartingPoint start;
  private final TrainOptions options;
  private final HeldOutMeasure measure;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment batch;
  private final List<QualityPoint> points = new ArrayList<>();
  private long nanoseconds;
  private long steps;

  /**
   * A run before its first step, measured once.
   *
   * @param weights the contender's own, live
   * @param source of its own, at its start
   */
  QualityRun(
      Contender contender,
      Map<String, Tensor> weights,
      BatchSource source,
      StartingPoint start,
      TrainOptions options,
      HeldOutMeasure measure)
      throws IOException {
    this.contender = contender;
    this.weights = weights;
    this.source = source;
    this.start = start;
    this.options = options;
    this.measure = measure;
    this.batch = arena.allocate(ValueLayout.JAVA_FLOAT, (long) options.batch() * source.width());
    measure();
  }

  /** Steps done. */
  long steps() {
    return steps;
  }

  /** The last measured FVE. */
  double fve() {
    return points.getLast().fve();
  }

  /** Does so many steps and measures. */
  void train(long count) throws IOException {
    long begin = System.nanoTime();
    for (long i = 0; i < count; i++) {
      if (!source.next(batch)) {
        throw new IllegalStateException("the rows came to an end after step " + (steps + i));
      }
      start.scale(batch);
      contender.step(batch);
    }
    nanoseconds += System.nanoTime() - begin;
    steps += count;
    measure();
  }

  private void measure() throws IOException {
    HeldOutMeasure.Measured now = measure.of(weights, options.k(), start.inputScale());
    points.add(
        new QualityPoint(steps, steps * options.batch(), nanoseconds / 1e9, now.fve(), now.rows()));
  }

  /** What was measured so far. */
  QualityCurve curve() {
    return new QualityCurve(points);
  }

  @Override
  public void close() {
    arena.close();
  }
}
