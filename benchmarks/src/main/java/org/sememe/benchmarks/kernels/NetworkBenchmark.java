package org.sememe.benchmarks.kernels;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/** A language model's block; the time is a token's. */
public class NetworkBenchmark extends KernelBenchmark<NetworkJobs> {
  private static final int POSITIONS = 128;

  @Override
  NetworkJobs jobs(Inputs in) {
    return new NetworkJobs(in, POSITIONS);
  }

  /** {@link org.sememe.kernels.RootMeanSquareNorm#apply}. */
  @Benchmark
  @OperationsPerInvocation(Inputs.ROWS)
  public double norm() {
    return jobs.norm();
  }

  /** {@link org.sememe.kernels.GatedUnits#silu}. */
  @Benchmark
  @OperationsPerInvocation(Inputs.ROWS)
  public double gatedUnits() {
    return jobs.gatedUnits();
  }

  /** {@link org.sememe.kernels.RotaryTurns#apply}, of sequences of 128 tokens. */
  @Benchmark
  @OperationsPerInvocation(POSITIONS)
  public double rotary() {
    return jobs.rotary();
  }

  /** {@link org.sememe.kernels.CausalAttention#attend}, of sequences of 128 tokens. */
  @Benchmark
  @OperationsPerInvocation(POSITIONS)
  public double attention() {
    return jobs.attention();
  }
}
