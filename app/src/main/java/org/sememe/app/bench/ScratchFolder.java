package org.sememe.app.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * A folder that is there while something is measured.
 *
 * @param path of the folder, which goes with all that is in it when this is closed
 */
record ScratchFolder(Path path) implements AutoCloseable {
  /** A new one, among the system's temporary files. */
  static ScratchFolder create() throws IOException {
    return new ScratchFolder(Files.createTempDirectory("sememe-bench"));
  }

  @Override
  public void close() throws IOException {
    try (Stream<Path> all = Files.walk(path)) {
      for (Path one : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(one);
      }
    }
  }
}
