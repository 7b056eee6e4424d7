package org.sememe.analysis.evaluation;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;

/**
 * What was measured on rows.
 *
 * @param fvuByHook of each output alone, where there are several
 * @param spreadByHook the root of the mean squared deviation of each output's rows from their mean
 * @param documents documents the rows come from
 */
record RowScores(
    ReconstructionScores reconstruction,
    Map<String, Double> fvuByHook,
    Map<String, Double> spreadByHook,
    LatentUse use,
    long documents) {

  /**
   * Reads the rows twice: the mean has to be known before deviations from it can be summed without
   * cancellation.
   */
  static RowScores measure(
      StoreRows rows, Reconstructor reconstructor, Bootstrap bootstrap, EvaluationListener listener)
      throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment targets =
          rows.sameTargets()
              ? reconstructor.input()
              : arena.allocate(
                  ValueLayout.JAVA_FLOAT, (long) reconstructor.mostRows() * rows.width());
      return measure(rows, targets, reconstructor, bootstrap, listener);
    }
  }

  private static RowScores measure(
      StoreRows rows,
      MemorySegment targets,
      Reconstructor reconstructor,
      Bootstrap bootstrap,
      EvaluationListener listener)
      throws IOException {
    double[] mean = mean(rows, targets, reconstructor);
    RowTotals totals = new RowTotals(mean, reconstructor.latents(), rows.targets());
    float[] x = new float[rows.width()];
    float[] reconstruction = new float[rows.width()];
    rows.inBatches(
        reconstructor.input(),
        targets,
        reconstructor.mostRows(),
        reconstructor.inSequence(),
        (count, documents, contexts) -> {
          reconstructor.reconstruct(count, contexts);
          for (int row = 0; row < count; row++) {
            copyRow(targets, row, x);
            copyRow(reconstructor.output(), row, reconstruction);
            int active = reconstructor.active(row, totals::fired);
            totals.add(documents[row], x, reconstruction, active);
          }
          listener.progress(totals.rows(), rows.count());
        });
    return totals.scores(bootstrap);
  }

  private static double[] mean(StoreRows rows, MemorySegment targets, Reconstructor reconstructor)
      throws IOException {
    double[] sums = new double[rows.width()];
    float[] x = new float[rows.width()];
    float[] read = new float[(int) (reconstructor.inputBytes() / Float.BYTES)];
    long[] seen = {0};
    rows.inBatches(
        reconstructor.input(),
        targets,
        reconstructor.mostRows(),
        false,
        (count, documents, contexts) -> {
          for (int row = 0; row < count; row++) {
            copyRow(targets, row, x);
            copyRow(reconstructor.input(), row, read);
            double all = 0;
            for (int i = 0; i < x.length; i++) {
              sums[i] += x[i];
              all += x[i];
            }
            for (float value : read) {
              all += value;
            }
            // A double holds any sum of finite floats, so only a value that is not finite ends so.
            if (!Double.isFinite(all)) {
              throw new IllegalArgumentException(
                  rows.describe(seen[0] + row)
                      + " has a NaN or an infinity: harvest again, with a wider dtype if it was"
                      + " f16");
            }
          }
          seen[0] += count;
        });
    for (int i = 0; i < sums.length; i++) {
      sums[i] /= rows.count();
    }
    return sums;
  }

  private static void copyRow(MemorySegment from, int row, float[] to) {
    MemorySegment.copy(
        from, ValueLayout.JAVA_FLOAT, (long) row * to.length * Float.BYTES, to, 0, to.length);
  }
}
