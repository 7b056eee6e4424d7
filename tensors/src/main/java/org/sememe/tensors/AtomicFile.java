package org.sememe.tensors;

import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * Files that are whole or not there: written beside the target under another name, brought to the
 * disk, then renamed over it. A process killed at any moment leaves the old file or the new one,
 * and at worst a hidden {@code .NAME.*.tmp} beside it. Stateless, thread-safe; of two writers of
 * one target the later rename wins.
 */
public final class AtomicFile {
  private AtomicFile() {}

  /** Writes a file's bytes to a stream (buffered). */
  @FunctionalInterface
  public interface Writer {
    void write(OutputStream out) throws IOException;
  }

  /** Writes a file's bytes to a channel. */
  @FunctionalInterface
  public interface ChannelWriter {
    void write(FileChannel out) throws IOException;
  }

  /**
   * Writes {@code target} whole; where that fails, what was there before is untouched.
   *
   * @throws NoSuchFileException if its folder does not exist
   */
  public static void write(Path target, Writer writer) throws IOException {
    writeChannel(
        target,
        channel -> {
          OutputStream out =
              new BufferedOutputStream(new StaysOpen(Channels.newOutputStream(channel)), 1 << 16);
          writer.write(out);
          out.flush();
        });
  }

  /** As {@link #write}, through a channel: for large data that lies in native memory. */
  public static void writeChannel(Path target, ChannelWriter writer) throws IOException {
    Path whole = target.toAbsolutePath();
    if (!Files.isDirectory(whole.getParent())) {
      throw new NoSuchFileException(target.toString(), null, "there is no such folder");
    }
    Path temporary =
        whole.resolveSibling("." + whole.getFileName() + "." + UUID.randomUUID() + ".tmp");
    try {
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        writer.write(channel);
        channel.force(true);
      }
      Files.move(
          temporary, whole, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (Throwable problem) {
      try {
        Files.deleteIfExists(temporary);
      } catch (IOException left) {
        problem.addSuppressed(left);
      }
      throw problem;
    }
    force(whole.getParent());
  }

  /** Brings a rename to the disk; systems that cannot open a folder do so by themselves. */
  private static void force(Path folder) throws IOException {
    if (System.getProperty("os.name").startsWith("Windows")) {
      return;
    }
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** A writer may close its stream (JSON libraries do); the file is still to be brought to disk. */
  private static final class StaysOpen extends FilterOutputStream {
    StaysOpen(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
      out.write(bytes, from, count);
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }
}
