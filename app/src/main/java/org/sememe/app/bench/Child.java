package org.sememe.app.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;

/**
 * A process that ran to its end.
 *
 * @param exitCode its exit code
 * @param out what it wrote to standard output
 * @param seconds wall time from its start to its end
 * @param peakMegabytes its largest resident size, as seen every {@value #SAMPLE_MILLISECONDS} ms;
 *     empty where the system hides it
 */
record Child(int exitCode, String out, double seconds, OptionalDouble peakMegabytes) {
  private static final int SAMPLE_MILLISECONDS = 5;

  /**
   * Runs a command to its end. Interrupting the caller kills it.
   *
   * @throws IOException if it cannot be started, or fails; the message has its last words
   */
  static Child run(List<String> command) throws IOException {
    Path out = Files.createTempFile("sememe-bench", ".out");
    Path err = Files.createTempFile("sememe-bench", ".err");
    try {
      long begin = System.nanoTime();
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      Optional<ResidentSize> last = watch(process);
      double seconds = (System.nanoTime() - begin) / 1e9;
      if (process.exitValue() != 0) {
        throw new IOException(
            "%s ended with exit code %d: %s"
                .formatted(
                    String.join(" ", command),
                    process.exitValue(),
                    Files.readString(err).lines().reduce("", (before, line) -> line)));
      }
      return new Child(
          process.exitValue(),
          Files.readString(out),
          seconds,
          last.map(size -> OptionalDouble.of(size.peak())).orElse(OptionalDouble.empty()));
    } finally {
      Files.deleteIfExists(out);
      Files.deleteIfExists(err);
    }
  }

  private static Optional<ResidentSize> watch(Process process) throws IOException {
    Optional<ResidentSize> last = Optional.empty();
    try {
      while (!process.waitFor(SAMPLE_MILLISECONDS, TimeUnit.MILLISECONDS)) {
        Optional<ResidentSize> size = ResidentSize.of(process.pid());
        last = size.isPresent() ? size : last;
      }
      return last;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("stopped", e);
    } finally {
      process.destroyForcibly();
    }
  }

  /**
   * The command that runs a main class as this process was started: the same Java, options and
   * class path. Agents are left out, and what the launcher says about the terminal.
   */
  static List<String> likeThisOne(String mainClass, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options());
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(mainClass);
    command.addAll(arguments);
    return command;
  }

  /** The options of the JVM that {@link #likeThisOne} gives on. */
  static List<String> options() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> !option.matches("-(javaagent|agentlib|agentpath|Dsememe\\.terminal).*"))
        .toList();
  }
}
