package org.sememe.models.sources;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * A folder that a package client writes into, and the client: both go when the job ends, or the
 * whole program.
 */
final class PackageJob implements AutoCloseable {
  private final Path folder;
  private final Thread atExit = new Thread(this::discard);
  private Process process;
  private boolean ended;

  PackageJob(Path parent) throws IOException {
    this.folder = Files.createTempDirectory(parent, FolderLock.TEMPORARY_FOLDER);
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  Path folder() {
    return folder;
  }

  /** Takes charge of a process. */
  synchronized Process started(Process process) {
    this.process = process;
    if (ended) { // the program's end came in between
      stop();
    }
    return process;
  }

  /** Bytes in the folder, which changes meanwhile. */
  long bytes() {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.mapToLong(file -> file.toFile().length()).sum();
    } catch (IOException | UncheckedIOException e) {
      return 0;
    }
  }

  /** Ends the client and what it started: nobody may write into a folder that is deleted. */
  private synchronized void stop() {
    ended = true;
    if (process != null) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      process.onExit().join();
    }
  }

  private void discard() {
    stop();
    try {
      FolderLock.delete(folder);
    } catch (IOException | UncheckedIOException e) {
      // The next fetch sweeps it.
    }
  }

  @Override
  public void close() throws IOException {
    stop();
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      // The program is ending and runs it.
    }
    FolderLock.delete(folder);
  }
}
