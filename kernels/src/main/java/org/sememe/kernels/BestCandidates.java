package org.sememe.kernels;

/**
 * The best few of the {@link Candidate}s that are offered: a heap with the worst of them on top.
 * Allocates nothing after it is made. One thread at a time.
 */
final class BestCandidates {
  private final long[] heap;
  private int size;

  /** Keeps up to {@code most}, at least 1. */
  BestCandidates(int most) {
    this.heap = new long[most];
  }

  void clear() {
    size = 0;
  }

  int size() {
    return size;
  }

  /** The worst value that is kept, when it has as many as it may; else 0. */
  float floor() {
    return size < heap.length ? 0 : Candidate.value(heap[0]);
  }

  /** Keeps a candidate if there is room or if it is better than the worst that is kept. */
  void offer(long candidate) {
    if (size < heap.length) {
      rise(size++, candidate);
    } else if (candidate > heap[0]) {
      sink(candidate);
    }
  }

  /** Takes the worst out; there must be one. */
  long takeWorst() {
    long worst = heap[0];
    sink(heap[--size]);
    return worst;
  }

  private void rise(int place, long candidate) {
    int at = place;
    while (at > 0 && heap[(at - 1) / 2] > candidate) {
      heap[at] = heap[(at - 1) / 2];
      at = (at - 1) / 2;
    }
    heap[at] = candidate;
  }

  /** Puts a candidate where the worst was. */
  private void sink(long candidate) {
    int at = 0;
    for (int child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && heap[child + 1] < heap[child]) {
        child++;
      }
      if (heap[child] >= candidate) {
        break;
      }
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = candidate;
  }
}
