package org.sememe.tensors.testing;

import static org.assertj.core.api.Assertions.assertThat;

import org.bytedeco.javacpp.Pointer;

/**
 * Finds native memory that a step leaves behind: JavaCPP's count and bytes of open objects, and the
 * process's resident size, before and after many steps.
 *
 * @param count of JavaCPP objects that stayed open
 * @param bytes that they say they hold
 * @param resident growth of the process in bytes; heap and mapped files included
 */
public record LeakMeter(long count, long bytes, long resident) {
  /** A step to repeat. */
  @FunctionalInterface
  public interface Step {
    void run() throws Exception;
  }

  /** Runs a tenth of the steps to warm up, then {@code steps}, and says what grew. */
  public static LeakMeter measure(int steps, Step step) throws Exception {
    for (int i = 0; i < Math.max(10, steps / 10); i++) {
      step.run();
    }
    System.gc();
    long count = Pointer.totalCount();
    long bytes = Pointer.totalBytes();
    long resident = Pointer.physicalBytes();
    for (int i = 0; i < steps; i++) {
      step.run();
    }
    return new LeakMeter(
        Pointer.totalCount() - count,
        Pointer.totalBytes() - bytes,
        Pointer.physicalBytes() - resident);
  }

  /**
   * Fails if a step leaves a JavaCPP object open, or if the resident size grows by more than {@code
   * residentSlack} bytes (room for the heap: 64 MB is a good number). The heap may grow once; a
   * leak grows every time, so a second growth decides.
   */
  public static void assertFlat(int steps, long residentSlack, Step step) throws Exception {
    LeakMeter first = measure(steps, step);
    LeakMeter growth = first.resident < residentSlack ? first : measure(steps, step);
    assertThat(growth.count).as("native objects left open by %d steps", steps).isNotPositive();
    assertThat(growth.bytes).as("native bytes left by %d steps", steps).isNotPositive();
    assertThat(growth.resident)
        .as("growth of the resident size over %d steps", steps)
        .isLessThan(residentSlack);
  }
}
