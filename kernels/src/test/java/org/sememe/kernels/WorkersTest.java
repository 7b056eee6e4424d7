package org.sememe.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class WorkersTest {
  private static final long SEED = 47;
  private static final int THREADS = 4;

  @Test
  void everyIndexIsDoneOnce() {
    for (int threads = 1; threads <= 6; threads++) {
      try (Workers workers = new Workers(threads)) {
        assertThat(workers.threads()).isEqualTo(threads);
        for (int n = 0; n < 40; n++) {
          AtomicIntegerArray done = new AtomicIntegerArray(n + 1);
          workers.split(n, (from, to) -> count(done, from, to));
          requireOnce(done, n);
        }
      }
    }
  }

  @Test
  void weightedPartsDoEveryIndexOnceWhateverTheWeights() {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int threads = 1; threads <= 6; threads++) {
      try (Workers workers = new Workers(threads)) {
        for (int n = 0; n < 40; n++) {
          int[] weights = new int[n + 1];
          for (int i = 0; i < n; i++) {
            weights[i + 1] = weights[i] + (random.nextBoolean() ? 0 : random.nextInt(1_000_000));
          }
          AtomicIntegerArray done = new AtomicIntegerArray(n + 1);
          workers.splitByWeight(n, i -> weights[i], (_, from, to) -> count(done, from, to));
          requireOnce(done, n);
        }
      }
    }
  }

  @Test
  void weightedPartsAreAboutEqual() {
    int n = 1_000;
    int[] weights = new int[n + 1];
    for (int i = 0; i < n; i++) {
      weights[i + 1] = weights[i] + (i < 100 ? 1_000_000 : 1); // the first tenth holds nearly all
    }
    AtomicInteger heaviest = new AtomicInteger();
    try (Workers workers = new Workers(THREADS)) {
      workers.splitByWeight(
          n,
          i -> weights[i],
          (_, from, to) -> heaviest.accumulateAndGet(weights[to] - weights[from], Math::max));
    }
    assertThat(heaviest.get()).isBetween(weights[n] / THREADS, weights[n] / THREADS + 1_000_000);
  }

  private static void count(AtomicIntegerArray done, int from, int to) {
    for (int i = from; i < to; i++) {
      done.incrementAndGet(i);
    }
  }

  private static void requireOnce(AtomicIntegerArray done, int n) {
    for (int i = 0; i < n; i++) {
      assertThat(done.get(i)).as("index %d of %d, seed %d", i, n, SEED).isEqualTo(1);
    }
    assertThat(done.get(n)).isZero();
  }

  /** Whichever part fails, the caller's own (0) or another's, first or last. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void aFailureReachesTheCallerAfterAllPartsEnded(int failing) {
    AtomicInteger ended = new AtomicInteger();
    CountDownLatch failed = new CountDownLatch(1);
    try (Workers workers = new Workers(THREADS)) {
      assertThatThrownBy(
              () ->
                  workers.split(
                      THREADS,
                      (from, _) -> {
                        if (from == failing) {
                          failed.countDown();
                          throw new IllegalStateException("part " + from);
                        }
                        endLater(failed);
                        ended.incrementAndGet();
                      }))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("part " + failing);
      assertThat(ended).hasValue(THREADS - 1);
      workers.split(THREADS, (_, _) -> ended.incrementAndGet());
      assertThat(ended).hasValue(2 * THREADS - 1);
    }
  }

  private static void endLater(CountDownLatch failed) {
    try {
      assertThat(failed.await(10, TimeUnit.SECONDS)).isTrue();
      Thread.sleep(100);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void ofSeveralFailuresTheFirstPartsIsThrownAndTheOthersGoWithIt() {
    try (Workers workers = new Workers(3)) {
      assertThatThrownBy(
              () ->
                  workers.split(
                      3,
                      (from, _) -> {
                        throw new IllegalStateException("part " + from);
                      }))
          .hasMessage("part 0")
          .satisfies(
              e ->
                  assertThat(e.getSuppressed())
                      .extracting(Throwable::getMessage)
                      .containsExactly("part 1", "part 2"));
    }
  }

  @Test
  void oneFailureThrownByAllPartsIsThrownAsItIs() {
    IllegalStateException one = new IllegalStateException("shared");
    try (Workers workers = new Workers(3)) {
      assertThatThrownBy(
              () ->
                  workers.split(
                      3,
                      (_, _) -> {
                        throw one;
                      }))
          .isSameAs(one)
          .hasNoSuppressedExceptions();
    }
  }

  @Test
  void anErrorOfAnotherThreadIsThrownAsItIs() {
    try (Workers workers = new Workers(2)) {
      assertThatThrownBy(
              () ->
                  workers.split(
                      2,
                      (from, _) -> {
                        if (from == 1) {
                          throw new OutOfMemoryError("made up");
                        }
                      }))
          .isInstanceOf(OutOfMemoryError.class)
          .hasMessage("made up");
    }
  }

  @Test
  void anInterruptIsKeptForTheCallerAndStopsNothing() {
    AtomicInteger ended = new AtomicInteger();
    try (Workers workers = new Workers(THREADS)) {
      Thread.currentThread().interrupt();
      workers.split(THREADS, (_, _) -> ended.incrementAndGet());
      assertThat(Thread.interrupted()).isTrue();
      assertThat(ended).hasValue(THREADS);
    }
  }

  @Test
  void fewerThanOneThreadIsRefused() {
    assertThatThrownBy(() -> new Workers(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("threads must be at least 1, not 0");
  }
}
