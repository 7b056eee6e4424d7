package org.sememe.benchmarks.kernels;

import java.lang.foreign.Arena;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What the benchmarks have in common: a shape's inputs in native memory, and call sites as {@link
 * Profiles} says. Times are sampled, so that their median stands where the machine does other work
 * too.
 *
 * @param <J> the calls that are measured
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
public abstract class KernelBenchmark<J extends Jobs> {
  /** The dictionary. */
  @Param({"D576", "D768", "D2304"})
  Shape shape;

  /** What the compiler saw before. */
  @Param("NATIVE")
  Profiles profiles;

  private Arena arena;

  /** What is measured. */
  J jobs;

  /** The calls of a benchmark's kernels. */
  abstract J jobs(Inputs in);

  /** Mixes the profiles and makes the inputs. */
  @Setup(Level.Trial)
  public void prepare() {
    profiles.prepare();
    arena = Arena.ofShared();
    jobs = jobs(Inputs.random(shape, shape.latents(), Storage.NATIVE, arena));
  }

  /** Gives the memory back. */
  @TearDown(Level.Trial)
  public void close() {
    jobs.close();
    arena.close();
  }
}
