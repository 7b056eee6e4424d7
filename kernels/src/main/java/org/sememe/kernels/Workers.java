package org.sememe.kernels;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntToLongFunction;

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

  /** A part of a job that knows its number, 0 to threads - 1: for scratch memory of its own. */
  @FunctionalInterface
  public interface Part {
    void run(int part, int from, int to);
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

  /**
   * Runs {@code job} over [0, n), an equal share a thread, and returns when all are done. What a
   * part throws is thrown here, once all parts have ended.
   */
  public void split(int n, Range job) {
    int[] bounds = new int[threads + 1];
    for (int i = 0; i <= threads; i++) {
      bounds[i] = (int) ((long) n * i / threads);
    }
    run(bounds, (part, from, to) -> job.run(from, to));
  }

  /**
   * Runs {@code job} over [0, n) in parts of about equal weight, a part a thread.
   *
   * @param sums running sums of the weights, ascending from 0: what stands before index i
   */
  public void splitByWeight(int n, IntToLongFunction sums, Part job) {
    int[] bounds = new int[threads + 1];
    long total = sums.applyAsLong(n);
    int at = 0;
    for (int i = 1; i < threads; i++) {
      long wanted = total * i / threads;
      while (at < n && sums.applyAsLong(at) < wanted) {
        at++;
      }
      bounds[i] = at;
    }
    bounds[threads] = n;
    run(bounds, job);
  }

  /** Runs the parts. None outlives the call, whatever fails: they write to the caller's memory. */
  private void run(int[] bounds, Part job) {
    List<Future<?>> parts = new ArrayList<>(threads - 1);
    Failures failures = new Failures();
    try {
      for (int i = 1; i < threads; i++) {
        int part = i;
        int from = bounds[i];
        int to = bounds[i + 1];
        if (from < to) {
          parts.add(others.submit(() -> job.run(part, from, to)));
        }
      }
      if (bounds[0] < bounds[1]) {
        job.run(0, bounds[0], bounds[1]);
      }
    } catch (Throwable problem) {
      failures.add(problem);
    }
    parts.forEach(part -> await(part, failures));
    failures.rethrow();
  }

  private static void await(Future<?> part, Failures failures) {
    boolean interrupted = false;
    while (true) {
      try {
        part.get();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      } catch (ExecutionException e) {
        failures.add(e.getCause());
        break;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** What the parts threw: the first part's goes to the caller, the others with it. */
  private static final class Failures {
    private final List<Throwable> all = new ArrayList<>();

    void add(Throwable problem) {
      all.add(problem);
    }

    void rethrow() {
      if (all.isEmpty()) {
        return;
      }
      Throwable first = all.getFirst();
      all.stream().skip(1).filter(other -> other != first).forEach(first::addSuppressed);
      switch (first) {
        case RuntimeException problem -> throw problem;
        case Error problem -> throw problem;
        default -> throw new IllegalStateException(first);
      }
    }
  }

  @Override
  public void close() {
    others.shutdown();
  }
}
