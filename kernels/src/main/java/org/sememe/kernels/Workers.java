package org.sememe.kernels;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A fixed number of threads that share a job by index ranges. Its maker owns and closes it; one
 * caller at a time.
 *
 * <p>Kernels split their work so that every output value is made by one thread in a fixed order:
 * results do not depend on the number of threads.
 */
public final class Workers implements AutoCloseable {
  private final int threads;
  private final ExecutorService others;

  /** A part of a job: indices {@code from} to {@code to}, exclusive. */
  @FunctionalInterface
  public interface Range {
    void run(int from, int to);
  }

  /** Workers for {@code threads} threads, the caller's among them; at least 1. */
  public Workers(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1, not " + threads);
    }
    this.threads = threads;
    this.others =
        Executors.newFixedThreadPool(
            Math.max(1, threads - 1),
            Thread.ofPlatform().name("sememe-kernel-", 0).daemon(true).factory());
  }

  /** The number of threads, the caller's among them. */
  public int threads() {
    return threads;
  }

  /** Runs {@code job} over [0, n), an equal share a thread, and returns when all are done. */
  public void split(int n, Range job) {
    int[] bounds = new int[threads + 1];
    for (int i = 0; i <= threads; i++) {
      bounds[i] = (int) ((long) n * i / threads);
    }
    run(bounds, job);
  }

  /**
   * Runs {@code job} over [0, n) in parts of about equal weight, a part a thread.
   *
   * @param weights running sums, ascending from 0: index i weighs {@code weights[i + 1] -
   *     weights[i]}; one more than n values
   */
  public void splitByWeight(int[] weights, int n, Range job) {
    int[] bounds = new int[threads + 1];
    long total = weights[n];
    int at = 0;
    for (int i = 1; i < threads; i++) {
      long wanted = total * i / threads;
      while (at < n && weights[at] < wanted) {
        at++;
      }
      bounds[i] = at;
    }
    bounds[threads] = n;
    run(bounds, job);
  }

  private void run(int[] bounds, Range job) {
    List<Future<?>> parts = new ArrayList<>(threads - 1);
    for (int i = 1; i < threads; i++) {
      int from = bounds[i];
      int to = bounds[i + 1];
      if (from < to) {
        parts.add(others.submit(() -> job.run(from, to)));
      }
    }
    try {
      if (bounds[0] < bounds[1]) {
        job.run(bounds[0], bounds[1]);
      }
    } finally {
      parts.forEach(
          Workers::await); // no part may outlive the call: it writes to the caller's memory
    }
  }

  private static void await(Future<?> part) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          part.get();
          return;
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          if (e.getCause() instanceof RuntimeException problem) {
            throw problem;
          }
          throw new IllegalStateException(e.getCause());
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    others.shutdown();
  }
}
