package org.sememe.benchmarks.kernels;

/** Calls of some kernels on one set of inputs. One thread at a time. */
sealed interface Jobs extends AutoCloseable
    permits RowJobs, DecodeJobs, ScanJobs, TokenJobs, NetworkJobs, BatchJobs {
  /** Calls each kernel once over the inputs, and gives a number that depends on what they gave. */
  double all();

  @Override
  void close();
}
