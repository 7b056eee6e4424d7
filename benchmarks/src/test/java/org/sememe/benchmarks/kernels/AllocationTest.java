package org.sememe.benchmarks.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** What kernels allocate once compiled, in a JVM that has seen every width and kind of memory. */
class AllocationTest {
  private static final String BYTES = "gc.alloc.rate.norm";

  /** Bytes an operation that the harness itself may make. */
  private static final double NOISE = 1;

  @BeforeAll
  static void showTheKernelsToTheCompiler() {
    Profiles.EVERY.prepare();
  }

  @Test
  void kernelsOfARowAllocateNothing() throws RunnerException {
    Map<String, Double> bytes = bytes("\\.(Row|Decode|Scan|Token)Benchmark\\.", "none");
    assertThat(bytes).isNotEmpty();
    assertThat(bytes).allSatisfy((kernel, count) -> assertThat(count).isLessThan(NOISE));
  }

  /** Sharing a job among threads makes objects. */
  @Test
  void whatAllocatesIsSeen() throws RunnerException {
    Map<String, Double> bytes = bytes("\\.BatchBenchmark\\.(rowSums|squaredNorm)$", "none");
    assertThat(bytes).hasSize(2);
    assertThat(bytes.values()).anySatisfy(count -> assertThat(count).isGreaterThan(NOISE));
  }

  /**
   * Bytes an operation, by benchmark: the least of a few iterations, since the compiler may take a
   * while on a busy machine.
   */
  private static Map<String, Double> bytes(String include, String exclude) throws RunnerException {
    Runner runner =
        new Runner(
            new OptionsBuilder()
                .include(include)
                .exclude(exclude)
                .param("shape", Shape.SMALL.name())
                .param("profiles", Profiles.CLEAN.name()) // this JVM's are mixed already
                .mode(Mode.AverageTime)
                .forks(0)
                .warmupIterations(1)
                .warmupTime(TimeValue.milliseconds(200))
                .measurementIterations(4)
                .measurementTime(TimeValue.milliseconds(150))
                .addProfiler(GCProfiler.class)
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT)
                .build());
    Map<String, Double> bytes = new TreeMap<>();
    for (RunResult result : runner.run()) {
      bytes.put(result.getParams().getBenchmark(), least(result));
    }
    return bytes;
  }

  private static double least(RunResult result) {
    return result.getBenchmarkResults().stream()
        .flatMap(fork -> fork.getIterationResults().stream())
        .mapToDouble(iteration -> iteration.getSecondaryResults().get(BYTES).getScore())
        .min()
        .orElseThrow();
  }
}
