package org.sememe.benchmarks.kernels;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/** One token's encoding; the time is a token's. */
public class TokenBenchmark extends KernelBenchmark<TokenJobs> {
  @Override
  TokenJobs jobs(Inputs in) {
    return new TokenJobs(in);
  }

  /** {@link org.sememe.kernels.ByteBounds#bounds}. */
  @Benchmark
  @OperationsPerInvocation(Inputs.ROWS)
  public double bounds() {
    return jobs.bounds();
  }

  /** {@link org.sememe.kernels.BoundedScan#topK}. */
  @Benchmark
  @OperationsPerInvocation(Inputs.ROWS)
  public double topK() {
    return jobs.topK();
  }

  /** {@link org.sememe.kernels.BoundedScan#above}. */
  @Benchmark
  @OperationsPerInvocation(Inputs.ROWS)
  public double above() {
    return jobs.above();
  }
}
