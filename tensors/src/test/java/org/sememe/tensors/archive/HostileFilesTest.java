package org.sememe.tensors.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.TensorSource;
import org.sememe.tensors.Torch;
import org.sememe.tensors.npz.NpzFile;
import org.sememe.tensors.pickle.TorchFile;
import org.sememe.tensors.testing.Fixtures;

/** Hostile and broken torch and numpy files, each with what a careful reader should do. */
class HostileFilesTest {
  private static final long MOST_NANOS = 1_000_000_000L;
  private static final long HEAP_FLOOR = 8L << 20;
  private static final long TENSOR_FLOOR = 16L << 20;
  private static final long FACTOR = 100;

  /** Opens a file as the tests see it. */
  @FunctionalInterface
  private interface Opener {
    TensorSource open(Path path) throws IOException;
  }

  @TestFactory
  Stream<DynamicTest> hostileFiles() throws IOException {
    Path folder = Fixtures.require("formats/bad");
    Torch.start(2);
    warmUp();
    return new ObjectMapper()
        .readTree(folder.resolve("manifest.json").toFile())
        .valueStream()
        .filter(entry -> entry.get("file").asText().matches("[^/]*\\.(pt|npz)"))
        .map(
            entry ->
                dynamicTest(
                    entry.get("file").asText() + ": " + entry.get("what").asText(),
                    () -> check(folder, entry)));
  }

  /** Classes are loaded once; that is not what a hostile file costs. */
  private static void warmUp() throws IOException {
    Path formats = Fixtures.require("formats");
    for (String name : new String[] {"pickle/zip_views.pt", "npz/compressed.npz"}) {
      try (PointerScope scope = new PointerScope();
          TensorSource file = opener(name).open(formats.resolve(name))) {
        file.names().forEach(file::tensor);
      }
    }
  }

  private static Opener opener(String name) {
    return name.endsWith(".npz") ? NpzFile::open : TorchFile::open;
  }

  private static void check(Path folder, JsonNode entry) throws IOException {
    String name = entry.get("file").asText();
    String expected = entry.get("expect").asText();
    boolean read = read(folder.resolve(name), opener(name));
    if (expected.equals("refuse")) {
      assertThat(read).as("%s was read", name).isFalse();
    } else if (expected.equals("accept")) {
      assertThat(read).as("%s was read", name).isTrue();
    } else if (expected.startsWith("accept as an object")) {
      assertThat(read).as("%s was read as a checkpoint", name).isFalse();
      assertThat(read(folder.resolve(name), TorchFile::openAny)).isTrue();
    }
    if (name.startsWith("lfs_pointer")) {
      assertThat(message(folder.resolve(name), opener(name))).contains("Git LFS pointer");
    }
  }

  private static String message(Path path, Opener opener) throws IOException {
    try (TensorSource file = opener.open(path)) {
      return fail("%s was read", file.path());
    } catch (FormatException e) {
      return e.getMessage();
    }
  }

  private static boolean read(Path path, Opener opener) throws IOException {
    ThreadMXBean meter = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long size = Files.size(path);
    long allocated = meter.getCurrentThreadAllocatedBytes();
    long start = System.nanoTime();
    boolean read = true;
    try (TensorSource file = opener.open(path)) {
      long tensors = 0;
      for (String name : file.names()) {
        if (file.readable(name)) {
          try (PointerScope scope = new PointerScope()) {
            tensors += file.tensor(name).nbytes();
          }
        }
      }
      assertThat(tensors).as("bytes of tensors").isLessThanOrEqualTo(TENSOR_FLOOR + FACTOR * size);
    } catch (FormatException e) {
      read = false;
      assertThat(e).hasMessageStartingWith(path + ": at byte ");
      assertThat(e.getMessage().lines()).hasSize(1);
    }
    long nanos = System.nanoTime() - start;
    assertThat(meter.getCurrentThreadAllocatedBytes() - allocated)
        .as("bytes on the heap")
        .isLessThan(HEAP_FLOOR + FACTOR * size);
    assertThat(nanos).as("nanoseconds").isLessThan(MOST_NANOS);
    try (Stream<Path> temporary = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      assertThat(temporary.map(file -> file.getFileName().toString())).doesNotContain("PWNED");
    }
    return read;
  }
}
