package org.sememe.tensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  @TempDir private Path folder;

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  @Test
  void writesANewFileAndOverAnOldOne() throws IOException {
    Path file = folder.resolve("a.bin");
    AtomicFile.write(file, out -> out.write(new byte[] {1, 2, 3}));
    assertThat(file).hasBinaryContent(new byte[] {1, 2, 3});
    AtomicFile.writeChannel(file, out -> out.write(ByteBuffer.wrap(new byte[] {4})));
    assertThat(file).hasBinaryContent(new byte[] {4});
    AtomicFile.write(file, _ -> {});
    assertThat(file).isEmptyFile();
    assertThat(names()).containsExactly("a.bin");
  }

  @Test
  void nothingIsSeenBeforeItIsWhole() throws IOException {
    Path file = folder.resolve("a.bin");
    Files.writeString(file, "old");
    AtomicFile.write(
        file,
        out -> {
          out.write(new byte[1 << 20]);
          out.flush();
          assertThat(file).hasContent("old");
        });
    assertThat(file).hasSize(1 << 20);
  }

  @Test
  void aFailureLeavesTheOldFileAndNothingElse() throws IOException {
    Path file = folder.resolve("a.bin");
    Path absent = folder.resolve("b.bin");
    Files.writeString(file, "old");
    for (Path target : List.of(file, absent)) {
      assertThatThrownBy(
              () ->
                  AtomicFile.write(
                      target,
                      out -> {
                        out.write(new byte[1 << 20]);
                        throw new IOException("disk full");
                      }))
          .isInstanceOf(IOException.class)
          .hasMessage("disk full");
      assertThatThrownBy(
              () ->
                  AtomicFile.writeChannel(
                      target,
                      out -> {
                        out.write(ByteBuffer.allocate(10));
                        throw new OutOfMemoryError("made up");
                      }))
          .isInstanceOf(OutOfMemoryError.class);
    }
    assertThat(file).hasContent("old");
    assertThat(names()).containsExactly("a.bin");
  }

  @Test
  void aWriterMayCloseItsStream() throws IOException {
    Path file = folder.resolve("a.txt");
    AtomicFile.write(
        file,
        out -> {
          out.write('x');
          out.close();
        });
    assertThat(file).hasContent("x");
  }

  @Test
  void aFolderThatIsNotThereIsNamedByTheTarget() {
    Path file = folder.resolve("absent").resolve("a.txt");
    assertThatThrownBy(() -> AtomicFile.write(file, out -> out.write('x')))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessage(file + ": there is no such folder");
  }

  @Test
  void aFolderIsNotReplaced() throws IOException {
    Path target = Files.createDirectories(folder.resolve("full/inner")).getParent();
    assertThatThrownBy(() -> AtomicFile.write(target, out -> out.write('x')))
        .isInstanceOfAny(DirectoryNotEmptyException.class, FileSystemException.class);
    assertThat(names()).containsExactly("full");
    assertThat(target.resolve("inner")).isDirectory();
  }

  @Test
  void ofSeveralWritersOneWins() throws Exception {
    Path file = folder.resolve("a.bin");
    List<Future<?>> writers = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (int writer = 1; writer <= 8; writer++) {
        byte[] bytes = new byte[10_000 * writer];
        Arrays.fill(bytes, (byte) writer);
        writers.add(
            threads.submit(
                () -> {
                  AtomicFile.write(file, out -> out.write(bytes));
                  return null;
                }));
      }
      for (Future<?> writer : writers) {
        writer.get();
      }
    }
    byte[] won = Files.readAllBytes(file);
    assertThat(won).hasSize(10_000 * won[0]).containsOnly(won[0]);
    assertThat(names()).containsExactly("a.bin");
  }
}
