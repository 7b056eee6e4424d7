package org.sememe.benchmarks.kernels;

import org.openjdk.jmh.annotations.Benchmark;

/** A whole batch or a whole matrix, on one thread. */
public class BatchBenchmark extends KernelBenchmark<BatchJobs> {
  /** A batch, scaled down: a latent still has one to four pairs. */
  private static final int ROWS = 1_024;

  @Override
  BatchJobs jobs(Inputs in) {
    return new BatchJobs(in, ROWS);
  }

  /** {@link org.sememe.kernels.LatentPairs#gather}. */
  @Benchmark
  public double gather() {
    return jobs.gather();
  }

  /** {@link org.sememe.kernels.PairGradients#bound}. */
  @Benchmark
  public double bound() {
    return jobs.bound();
  }

  /** {@link org.sememe.kernels.LatentUpdate#squaredNorm}. */
  @Benchmark
  public double squaredNorm() {
    return jobs.squaredNorm();
  }

  /** {@link org.sememe.kernels.LatentUpdate#run}. */
  @Benchmark
  public double update() {
    return jobs.update();
  }

  /** {@link org.sememe.kernels.RowSums#addWeighted}, over the matrix. */
  @Benchmark
  public double rowSums() {
    return jobs.rowSums();
  }
}
