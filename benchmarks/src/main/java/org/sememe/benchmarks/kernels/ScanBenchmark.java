package org.sememe.benchmarks.kernels;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/** The selection of a row's active latents; the time is a row's, over all latents. */
public class ScanBenchmark extends KernelBenchmark<ScanJobs> {
  @Override
  ScanJobs jobs(Inputs in) {
    return new ScanJobs(in);
  }

  /** {@link org.sememe.kernels.TopKScan}. */
  @Benchmark
  @OperationsPerInvocation(Inputs.ROWS)
  public double topK() {
    return jobs.topK();
  }

  /** {@link org.sememe.kernels.ThresholdScan}. */
  @Benchmark
  @OperationsPerInvocation(Inputs.ROWS)
  public double threshold() {
    return jobs.threshold();
  }

  /** {@link org.sememe.kernels.AboveScan}. */
  @Benchmark
  @OperationsPerInvocation(Inputs.ROWS)
  public double above() {
    return jobs.above();
  }

  /** {@link org.sememe.kernels.BatchTopKScan}, without what it does for the batch. */
  @Benchmark
  @OperationsPerInvocation(Inputs.ROWS)
  public double batchTopK() {
    return jobs.batchTopK();
  }

  /** {@link org.sememe.kernels.ScreenScan}, its exact part included. */
  @Benchmark
  @OperationsPerInvocation(Inputs.ROWS)
  public double screen() {
    return jobs.screen();
  }

  /** {@link org.sememe.kernels.BatchScreenScan}, without what it does for the batch. */
  @Benchmark
  @OperationsPerInvocation(Inputs.ROWS)
  public double batchScreen() {
    return jobs.batchScreen();
  }
}
