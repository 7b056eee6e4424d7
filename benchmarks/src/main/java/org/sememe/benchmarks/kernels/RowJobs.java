package org.sememe.benchmarks.kernels;

import java.lang.foreign.MemorySegment;
import org.sememe.kernels.Adam;
import org.sememe.kernels.DecoderRows;
import org.sememe.kernels.Int8Rows;
import org.sememe.kernels.Moments;
import org.sememe.kernels.Residuals;

/** Kernels that go over dense rows, each call over all rows; Adam over a bias's values. */
final class RowJobs implements Jobs {
  private final Inputs in;

  /** {@code [2 rows, d]}: those that change, and those that join them. */
  private final MemorySegment work;

  private final Int8Rows rounded;
  private final Adam adam = Adam.step(7, 1e-3, 0.9, 0.999, 1e-8, 0.5);
  private final Moments moments;
  private final MemorySegment gradients;

  /** And its inverse in turns, so that values keep their size. */
  private float weight = 1.25f;

  RowJobs(Inputs in) {
    this.in = in;
    this.work = in.noise(2L * Inputs.ROWS * in.d());
    this.rounded = new Int8Rows(Inputs.ROWS, in.d(), Byte.MAX_VALUE);
    this.moments =
        new Moments(in.noise(in.latents()), in.floats(in.latents()), in.floats(in.latents()));
    this.gradients = in.noise(in.latents());
  }

  double residuals() {
    double sum = 0;
    for (int row = 0; row < Inputs.ROWS; row++) {
      sum += Residuals.row(in.x(), in.at(row), work, in.at(row), in.d());
    }
    return sum;
  }

  double accumulate() {
    for (int row = 0; row < Inputs.ROWS; row++) {
      Residuals.accumulate(0.5f, work, in.at(row), in.at(Inputs.ROWS + row), in.d());
    }
    return 0;
  }

  double weigh() {
    weight = 1 / weight;
    for (int row = 0; row < Inputs.ROWS; row++) {
      Residuals.weigh(weight, work, in.at(row), in.d());
    }
    return 0;
  }

  double normalise() {
    for (int row = 0; row < Inputs.ROWS; row++) {
      DecoderRows.normalise(work, in.at(row), in.d());
    }
    return 0;
  }

  double squaredNorm() {
    double sum = 0;
    for (int row = 0; row < Inputs.ROWS; row++) {
      sum += DecoderRows.squaredNorm(in.x(), in.at(row), in.d());
    }
    return sum;
  }

  double round() {
    rounded.round(in.x(), 0, Inputs.ROWS);
    return rounded.scale(0);
  }

  double adam() {
    adam.update(moments, gradients, in.latents());
    return 0;
  }

  @Override
  public double all() {
    return residuals() + accumulate() + weigh() + normalise() + squaredNorm() + round() + adam();
  }

  @Override
  public void close() {
    rounded.close();
  }
}
