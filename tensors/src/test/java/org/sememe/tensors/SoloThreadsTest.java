package org.sememe.tensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.openblas.presets.openblas_nolapack;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SoloThreadsTest {
  @BeforeEach
  void start() {
    Torch.start(2);
  }

  @Test
  void eachComputesAloneAndTheOthersKeepTheirNumber() throws Exception {
    try (SoloThreads solo = new SoloThreads()) {
      assertThat(solo.count()).isEqualTo(2);
      CountDownLatch both = new CountDownLatch(2);
      List<Future<Integer>> numbers = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        numbers.add(
            solo.submit(
                () -> {
                  both.countDown(); // neither ends before the other has begun
                  assertThat(both.await(30, TimeUnit.SECONDS)).isTrue();
                  return torch.get_num_threads();
                }));
      }
      for (Future<Integer> number : numbers) {
        assertThat(number.get()).isEqualTo(1);
      }
      assertThat(Torch.threads()).isEqualTo(2);
      assertThat(openblas_nolapack.blas_get_num_threads()).isEqualTo(1);
    }
    assertThat(Torch.threads()).isEqualTo(2);
    assertThat(openblas_nolapack.blas_get_num_threads()).isEqualTo(2);
    AtomicInteger later = new AtomicInteger();
    Thread fresh = Thread.ofPlatform().start(() -> later.set(torch.get_num_threads()));
    fresh.join();
    assertThat(later).hasValue(2);
  }

  @Test
  void closingWaitsAndFailuresAreTheCallers() {
    AtomicInteger done = new AtomicInteger();
    Future<Integer> failing;
    try (SoloThreads solo = new SoloThreads()) {
      failing =
          solo.submit(
              () -> {
                throw new IllegalStateException("broken");
              });
      for (int i = 0; i < 50; i++) {
        solo.submit(done::incrementAndGet);
      }
    }
    assertThat(done).hasValue(50);
    assertThatThrownBy(failing::get)
        .isInstanceOf(ExecutionException.class)
        .hasRootCauseMessage("broken");
  }
}
