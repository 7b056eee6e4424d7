package org.sememe.training;

import java.lang.foreign.MemorySegment;
import java.util.function.IntConsumer;
import org.sememe.kernels.Workers;
import org.sememe.training.ranks.Communicator;
import org.sememe.training.ranks.Part;

/**
 * Two passes over the rows of a batch, between which ranks add up what each has made of them. A
 * rank alone has nothing to wait for: each row's second pass follows its first, while what it read
 * is still in the cache.
 *
 * @param workers share the rows; stay the caller's
 * @param ranks that add up
 */
record TwoPasses(Workers workers, Communicator ranks) {
  /**
   * Runs both.
   *
   * @param rows which
   * @param summed what is added up, float32
   */
  void run(Part rows, MemorySegment summed, IntConsumer first, IntConsumer second) {
    if (ranks.size() == 1) {
      each(rows, first.andThen(second));
    } else {
      each(rows, first);
      ranks.sum(summed);
      each(rows, second);
    }
  }

  private void each(Part rows, IntConsumer pass) {
    workers.split(
        rows.count(),
        (from, to) -> {
          for (int row = rows.from() + from; row < rows.from() + to; row++) {
            pass.accept(row);
          }
        });
  }
}
