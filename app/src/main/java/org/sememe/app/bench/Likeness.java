package org.sememe.app.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.sememe.training.BatchSource;

/**
 * How alike rows are: mean cosines of rows less a mean, with 95 % intervals by the batches' spread
 * (1.96 standard errors).
 *
 * @param neighbours of each row and the next one of its batch
 * @param pairs how many those are
 * @param all of every two rows of a batch
 */
record Likeness(Estimate neighbours, long pairs, Estimate all) {
  /** A mean over batches. */
  record Estimate(double mean, double low, double high) {
    private static final double NORMAL = 1.96;

    static Estimate of(List<Batch> batches, ToDoubleFunction<Batch> figure) {
      double mean = batches.stream().mapToDouble(figure).average().orElseThrow();
      double squares =
          batches.stream().mapToDouble(one -> Math.pow(figure.applyAsDouble(one) - mean, 2)).sum();
      double error = NORMAL * Math.sqrt(squares / (batches.size() - 1) / batches.size());
      return new Estimate(mean, mean - error, mean + error);
    }

    List<Double> interval() {
      return List.of(low, high);
    }
  }

  /** Mean cosines of one batch. */
  private record Batch(double neighbours, double all) {}

  /**
   * Of the next batches of a source.
   *
   * @param mean what rows are taken less of, {@code [d]}
   * @param rows of a batch, at least 2
   * @param batches at least 2
   */
  static Likeness of(BatchSource source, double[] mean, int rows, int batches) {
    List<Batch> found = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(ValueLayout.JAVA_FLOAT, (long) rows * source.width());
      for (int i = 0; i < batches; i++) {
        source.next(memory);
        found.add(batch(memory, mean, rows));
      }
    }
    return new Likeness(
        Estimate.of(found, Batch::neighbours),
        (rows - 1L) * batches,
        Estimate.of(found, Batch::all));
  }

  private static Batch batch(MemorySegment memory, double[] mean, int rows) {
    double[] sum = new double[mean.length];
    double[] before = new double[mean.length];
    double neighbours = 0;
    for (int row = 0; row < rows; row++) {
      double[] unit = unit(memory, mean, row);
      for (int i = 0; i < unit.length; i++) {
        neighbours += before[i] * unit[i];
        sum[i] += unit[i];
      }
      before = unit;
    }
    double squares = 0;
    for (double value : sum) {
      squares += value * value;
    }
    return new Batch(neighbours / (rows - 1), (squares - rows) / rows / (rows - 1));
  }

  private static double[] unit(MemorySegment memory, double[] mean, int row) {
    double[] unit = new double[mean.length];
    double squares = 0;
    for (int i = 0; i < unit.length; i++) {
      unit[i] = memory.getAtIndex(ValueLayout.JAVA_FLOAT, (long) row * unit.length + i) - mean[i];
      squares += unit[i] * unit[i];
    }
    double norm = Math.sqrt(squares);
    for (int i = 0; i < unit.length; i++) {
      unit[i] /= norm;
    }
    return unit;
  }
}
