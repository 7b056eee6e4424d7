package org.sememe.models.sources;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The right to fetch into a folder: one process, and one thread of it, at a time. The system frees
 * it when a process dies.
 */
final class FolderLock implements AutoCloseable {
  /** Begins the names of folders that are made while fetching. */
  static final String TEMPORARY_FOLDER = ".fetch-";

  private static final String FILE = ".lock";
  private static final long PAUSE_MILLIS = 100;

  private final Path folder;
  private final FileChannel channel;

  private FolderLock(Path folder, FileChannel channel) {
    this.folder = folder;
    this.channel = channel;
  }

  /** Takes the lock, waiting for whoever has it. */
  static FolderLock take(Path folder, String name, ModelSource.Progress progress)
      throws IOException {
    FileChannel channel =
        FileChannel.open(folder.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      while (attempt(channel).isEmpty()) {
        progress.progress(name + " (another process is fetching it)", 0, -1);
        pause();
      }
      return new FolderLock(folder, channel);
    } catch (Throwable problem) {
      channel.close();
      throw problem;
    }
  }

  private static Optional<FileLock> attempt(FileChannel channel) throws IOException {
    try {
      return Optional.ofNullable(channel.tryLock());
    } catch (OverlappingFileLockException e) {
      return Optional.empty(); // another thread of this process has it
    }
  }

  private static void pause() throws InterruptedIOException {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while another process was fetching");
    }
  }

  /** Deletes what a killed process left behind: nobody else is at work here now. */
  void sweep() throws IOException {
    List<Path> left;
    try (Stream<Path> files = Files.list(folder)) {
      left = files.filter(FolderLock::temporary).toList();
    }
    for (Path file : left) {
      delete(file);
    }
  }

  private static boolean temporary(Path file) {
    String name = file.getFileName().toString();
    return name.startsWith(TEMPORARY_FOLDER) || name.startsWith(".") && name.endsWith(".tmp");
  }

  /** Deletes a file, or a folder with all that is in it; no links are followed. */
  static void delete(Path fileOrFolder) throws IOException {
    try (Stream<Path> all = Files.walk(fileOrFolder)) {
      for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
