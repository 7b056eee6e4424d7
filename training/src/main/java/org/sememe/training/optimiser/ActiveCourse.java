package org.sememe.training.optimiser;

/**
 * A number of active latents that falls linearly: {@code round(start (1 - n / steps) + end n /
 * steps)}, halves to even, and then end (sparsify's k_decay_steps).
 *
 * @param start at least 1
 * @param end at least 1
 * @param steps at least 0
 * @param lag by how many steps it is late: 1 in sparsify, which counts a step after setting k
 */
public record ActiveCourse(int start, int end, long steps, long lag) {
  public ActiveCourse {
    if (start < 1 || end < 1 || steps < 0 || lag < 0) {
      throw new IllegalArgumentException(
          "k from %d to %d over %d steps, %d late: need k of at least 1, steps of at least 0"
              .formatted(start, end, steps, lag));
    }
  }

  /** k at a step, counted from 0. */
  public int k(long step) {
    long n = Math.max(0, step - lag);
    if (n >= steps) {
      return end;
    }
    double progress = (double) n / steps;
    return (int) Math.rint(start * (1 - progress) + end * progress);
  }
}
