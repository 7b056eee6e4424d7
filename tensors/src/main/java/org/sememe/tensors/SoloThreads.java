package org.sememe.tensors;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.bytedeco.pytorch.global.torch;

/**
 * Threads that each compute alone, as many as libtorch has: for many independent pieces of work. No
 * operation waits for another core, what a piece works on stays in one core's cache, and the values
 * of a piece do not depend on what runs beside it.
 *
 * <p>While they are open, OpenBLAS multiplies on one thread in the whole process; for everything
 * else other threads keep their number. Work may be submitted from any thread; open one at a time
 * (what overlaps is right, but not fast). Closing waits for what was submitted.
 */
public final class SoloThreads implements AutoCloseable {
  private final int count = Torch.threads();
  private final ExecutorService pool;

  /** Starts the threads; loads libtorch. */
  public SoloThreads() {
    this.pool =
        Executors.newFixedThreadPool(
            count,
            work ->
                Thread.ofPlatform()
                    .name("sememe-solo")
                    .daemon(true)
                    .unstarted(
                        () -> {
                          torch.set_num_threads(1); // of this thread, and of those yet to come
                          torch.get_num_threads(); // a thread takes its number at its first use
                          work.run();
                        }));
    startAll();
    Torch.threads(count); // those yet to come have it again
    Torch.productThreads(1);
  }

  /** Every thread takes one piece and has therefore set its number. */
  private void startAll() {
    List<Callable<Boolean>> pieces = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      pieces.add(() -> true); // a fixed pool starts a thread for each of its first pieces
    }
    try {
      for (Future<Boolean> piece : pool.invokeAll(pieces)) {
        piece.get();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while threads were started", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  /** How many there are. */
  public int count() {
    return count;
  }

  /** Computes a piece of work on one of them. */
  public <T> Future<T> submit(Callable<T> piece) {
    return pool.submit(piece);
  }

  /** What a piece gave, once it is done; where it failed, its failure. */
  public static <T> T result(Future<T> piece) {
    try {
      return piece.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while something was computed", e);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException problem -> throw problem;
        case Error problem -> throw problem;
        default -> throw new IllegalStateException(e.getCause());
      }
    }
  }

  @Override
  public void close() {
    pool.close();
    Torch.threads(count);
  }
}
