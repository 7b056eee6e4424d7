package org.sememe.benchmarks.kernels;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/** The decoder's side of a row of k codes; the time is a row's. */
public class DecodeBenchmark extends KernelBenchmark<DecodeJobs> {
  @Override
  DecodeJobs jobs(Inputs in) {
    return new DecodeJobs(in);
  }

  /** {@link org.sememe.kernels.SparseDecode#row}. */
  @Benchmark
  @OperationsPerInvocation(Inputs.ROWS)
  public double row() {
    return jobs.row();
  }

  /** {@link org.sememe.kernels.SparseDecode#slopes}. */
  @Benchmark
  @OperationsPerInvocation(Inputs.ROWS)
  public double slopes() {
    return jobs.slopes();
  }
}
