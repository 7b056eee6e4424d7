package org.sememe.benchmarks.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.sememe.kernels.AboveScan;
import org.sememe.kernels.BatchScreenScan;
import org.sememe.kernels.BatchTopKScan;
import org.sememe.kernels.ChunkScan;
import org.sememe.kernels.Int8Rows;
import org.sememe.kernels.LatentScan;
import org.sememe.kernels.ScreenScan;
import org.sememe.kernels.ThresholdScan;
import org.sememe.kernels.TopKScan;

/** The selections, each call over all rows, the latents in chunks as in training. */
final class ScanJobs implements Jobs {
  private static final int CHUNK = 4_096;

  /** Between the bulk of the pre-activations and most of the tail. */
  private static final float THRESHOLD = 0.8f;

  /** In standard deviations of the screen's error. */
  private static final double SIGMAS = 4;

  private final Inputs in;
  private final Int8Rows rows;
  private final Int8Rows weights;
  private final MemorySegment intScores;
  private final MemorySegment scores;
  private final MemorySegment indices;
  private final MemorySegment values;
  private final TopKScan topK;
  private final ThresholdScan threshold;
  private final AboveScan above;
  private final BatchTopKScan batchTopK;
  private final ScreenScan screen;
  private final BatchScreenScan batchScreen;

  ScanJobs(Inputs in) {
    this.in = in;
    this.rows = new Int8Rows(Inputs.ROWS, in.d(), Byte.MAX_VALUE);
    this.weights = new Int8Rows(in.latents(), in.d(), Byte.MAX_VALUE);
    rows.round(in.x(), 0, Inputs.ROWS);
    weights.round(in.matrix(), 0, in.latents());
    long count = (long) Inputs.ROWS * in.latents();
    this.intScores = in.ints(count);
    this.scores = in.floats(count);
    score();
    this.indices = in.ints(count);
    this.values = in.floats(count);
    this.topK = new TopKScan(Inputs.ROWS, in.k());
    MemorySegment thresholds = in.floats(in.latents());
    for (int latent = 0; latent < in.latents(); latent++) {
      thresholds.setAtIndex(ValueLayout.JAVA_FLOAT, latent, THRESHOLD);
    }
    this.threshold = new ThresholdScan(Inputs.ROWS, thresholds);
    this.above = new AboveScan(Inputs.ROWS, thresholds);
    this.batchTopK = new BatchTopKScan(Inputs.ROWS);
    batchTopK.floor(THRESHOLD);
    this.screen = new ScreenScan(Inputs.ROWS, in.k());
    this.batchScreen = new BatchScreenScan(Inputs.ROWS);
  }

  /** The products of the rounded rows, as numbers of ints and of floats. */
  private void score() {
    byte[] x = new byte[Inputs.ROWS * in.d()];
    byte[] weight = new byte[in.d()];
    MemorySegment.copy(rows.values(), ValueLayout.JAVA_BYTE, 0, x, 0, x.length);
    for (int latent = 0; latent < in.latents(); latent++) {
      long from = (long) latent * in.d();
      MemorySegment.copy(weights.values(), ValueLayout.JAVA_BYTE, from, weight, 0, in.d());
      for (int row = 0; row < Inputs.ROWS; row++) {
        int sum = 0;
        for (int i = 0; i < in.d(); i++) {
          sum += x[row * in.d() + i] * weight[i];
        }
        long at = (long) row * in.latents() + latent;
        intScores.setAtIndex(ValueLayout.JAVA_INT, at, sum);
        scores.setAtIndex(
            ValueLayout.JAVA_FLOAT, at, sum * weights.scale(latent) * rows.scale(row));
      }
    }
  }

  double topK() {
    for (int row = 0; row < Inputs.ROWS; row++) {
      scan(topK, row);
      topK.finish(row, in.k(), indices, values, in.latents());
    }
    return values.getAtIndex(ValueLayout.JAVA_FLOAT, 0);
  }

  double threshold() {
    return active(threshold);
  }

  double above() {
    for (int row = 0; row < Inputs.ROWS; row++) {
      scan(above, row);
      above.write(row, 0, indices, values);
    }
    return values.getAtIndex(ValueLayout.JAVA_FLOAT, 0);
  }

  double batchTopK() {
    return active(batchTopK);
  }

  private double active(LatentScan all) {
    for (int row = 0; row < Inputs.ROWS; row++) {
      scan(all, row);
      all.finish(row, all.active(row), indices, values, in.latents());
    }
    return values.getAtIndex(ValueLayout.JAVA_FLOAT, 0);
  }

  private void scan(ChunkScan scan, int row) {
    scan.reset(row, row + 1);
    for (int first = 0; first < in.latents(); first += CHUNK) {
      int count = Math.min(CHUNK, in.latents() - first);
      scan.scan(row, scores, at(row, first), in.bias(), first, count);
    }
  }

  private long at(int row, int first) {
    return ((long) row * in.latents() + first) * Float.BYTES;
  }

  double screen() {
    int candidates = 0;
    for (int row = 0; row < Inputs.ROWS; row++) {
      screen.begin(row, rows.scale(row), margin(row));
      for (int first = 0; first < in.latents(); first += CHUNK) {
        int count = Math.min(CHUNK, in.latents() - first);
        screen.scan(row, intScores, at(row, first), weights.scales(), in.bias(), first, count);
      }
      candidates +=
          screen.finish(
              row,
              in.x(),
              in.at(row),
              in.matrix(),
              in.bias(),
              in.d(),
              indices,
              values,
              in.latents());
    }
    return candidates;
  }

  double batchScreen() {
    for (int row = 0; row < Inputs.ROWS; row++) {
      batchScreen.begin(row, rows.scale(row), margin(row), THRESHOLD);
      for (int first = 0; first < in.latents(); first += CHUNK) {
        int count = Math.min(CHUNK, in.latents() - first);
        batchScreen.scan(row, intScores, at(row, first), weights.scales(), in.bias(), first, count);
      }
      batchTopK.reset(row, row + 1);
      batchScreen.rescore(row, in.x(), in.at(row), in.matrix(), in.bias(), in.d(), batchTopK);
    }
    return batchTopK.found(Inputs.ROWS);
  }

  /** Rounding is off by a twelfth of a step's square, on both sides; matrix rows have norm 1. */
  private float margin(int row) {
    double scale = rows.scale(row);
    double other = weights.scale(0) * (double) rows.norm(row);
    return (float) (SIGMAS * Math.sqrt((scale * scale + other * other) / 12));
  }

  @Override
  public double all() {
    return topK() + threshold() + above() + batchTopK() + screen() + batchScreen();
  }

  @Override
  public void close() {
    rows.close();
    weights.close();
  }
}
