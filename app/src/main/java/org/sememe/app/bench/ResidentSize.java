package org.sememe.app.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How much memory a process holds, mapped files that it has touched included, in MB (10^6 bytes).
 *
 * @param now {@code VmRSS}
 * @param peak the most so far, {@code VmHWM}
 */
record ResidentSize(double now, double peak) {
  /** That of a process; empty where the system does not tell, or the process has ended. */
  static Optional<ResidentSize> of(long pid) {
    List<String> lines;
    try {
      lines = Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"));
    } catch (IOException e) {
      return Optional.empty();
    }
    OptionalDouble now = megabytes(lines, "VmRSS:");
    OptionalDouble peak = megabytes(lines, "VmHWM:");
    return now.isPresent() && peak.isPresent()
        ? Optional.of(new ResidentSize(now.getAsDouble(), peak.getAsDouble()))
        : Optional.empty();
  }

  private static OptionalDouble megabytes(List<String> lines, String key) {
    return lines.stream()
        .filter(line -> line.startsWith(key))
        .mapToDouble(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024 / 1e6)
        .findFirst();
  }
}
