package org.sememe.benchmarks.kernels;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/** Dense rows; the time is a row's, but Adam's is that of a bias of F values. */
public class RowBenchmark extends KernelBenchmark<RowJobs> {
  @Override
  RowJobs jobs(Inputs in) {
    return new RowJobs(in);
  }

  /** {@link org.sememe.kernels.Residuals#row}. */
  @Benchmark
  @OperationsPerInvocation(Inputs.ROWS)
  public double residuals() {
    return jobs.residuals();
  }

  /** {@link org.sememe.kernels.Residuals#accumulate}. */
  @Benchmark
  @OperationsPerInvocation(Inputs.ROWS)
  public double accumulate() {
    return jobs.accumulate();
  }

  /** {@link org.sememe.kernels.Residuals#weigh}. */
  @Benchmark
  @OperationsPerInvocation(Inputs.ROWS)
  public double weigh() {
    return jobs.weigh();
  }

  /** {@link org.sememe.kernels.DecoderRows#normalise}. */
  @Benchmark
  @OperationsPerInvocation(Inputs.ROWS)
  public double normalise() {
    return jobs.normalise();
  }

  /** {@link org.sememe.kernels.DecoderRows#squaredNorm}. */
  @Benchmark
  @OperationsPerInvocation(Inputs.ROWS)
  public double squaredNorm() {
    return jobs.squaredNorm();
  }

  /** {@link org.sememe.kernels.Int8Rows#round}. */
  @Benchmark
  @OperationsPerInvocation(Inputs.ROWS)
  public double round() {
    return jobs.round();
  }

  /** {@link org.sememe.kernels.Adam#update}. */
  @Benchmark
  public double adam() {
    return jobs.adam();
  }
}
