package org.sememe.app.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import jdk.incubator.vector.FloatVector;

/** The machine a figure comes from, as far as it says. */
final class Cpu {
  private Cpu() {}

  /** Its name and the lanes that kernels use, for example {@code Xeon ..., 512-bit lanes}. */
  static String name() {
    String model =
        value(Path.of("/proc/cpuinfo"), "model name").orElse(System.getProperty("os.arch"));
    return model + ", " + FloatVector.SPECIES_PREFERRED.vectorBitSize() + "-bit lanes";
  }

  /** The largest resident size of this process so far, in MB; empty where the system hides it. */
  static Optional<Double> peakMegabytes() {
    return ResidentSize.of(ProcessHandle.current().pid()).map(ResidentSize::peak);
  }

  private static Optional<String> value(Path file, String key) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .filter(line -> line.startsWith(key))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
