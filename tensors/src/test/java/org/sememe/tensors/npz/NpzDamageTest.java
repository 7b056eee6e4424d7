package org.sememe.tensors.npz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.Damage;
import org.sememe.tensors.testing.Fixtures;

/** Numpy files damaged in thousands of ways. */
class NpzDamageTest {
  private static final long FLOOR = 16L << 20;
  private static final long FACTOR = 100;
  private static final int EVERY = 3;

  @TempDir private Path folder;

  private static List<Path> archives() throws IOException {
    Torch.start(2);
    try (Stream<Path> files = Files.list(Fixtures.require("formats/npz"))) {
      return files.filter(file -> file.toString().endsWith(".npz")).sorted().toList();
    }
  }

  private static void readAll(Path path) throws IOException {
    try (PointerScope scope = new PointerScope();
        NpzFile file = NpzFile.open(path)) {
      long bytes = 0;
      for (String name : file.names()) {
        if (file.readable(name)) {
          bytes += file.tensor(name).nbytes();
        }
      }
      assertThat(bytes).isLessThanOrEqualTo(FLOOR + FACTOR * Files.size(path));
    }
  }

  @TestFactory
  Stream<DynamicTest> archivesDamaged() throws IOException {
    List<Path> archives = archives();
    return archives.stream()
        .filter(file -> archives.indexOf(file) % EVERY == 0)
        .map(
            file ->
                dynamicTest(
                    file.getFileName().toString(),
                    () -> Damage.check(file, folder, NpzDamageTest::readAll)));
  }

  /** Arrays by themselves have no checksum: damage reaches the header's parser. */
  @TestFactory
  Stream<DynamicTest> arraysDamaged() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    List<Path> archives = archives();
    for (Path archive : archives) {
      tests.add(dynamicTest(archive.getFileName().toString(), () -> damageFirstArray(archive)));
    }
    return tests.stream();
  }

  private void damageFirstArray(Path archive) throws Exception {
    try (ZipFile zip = new ZipFile(archive.toFile())) {
      ZipEntry entry = zip.stream().findFirst().orElseThrow();
      try (InputStream in = zip.getInputStream(entry)) {
        Path array = Files.write(folder.resolve(archive.getFileName() + ".npy"), in.readAllBytes());
        try (NpzFile file = NpzFile.open(array)) {
          assertThat(file.names()).containsExactly(archive.getFileName().toString());
        }
        Damage.check(array, folder, NpzDamageTest::readAll);
      }
    }
  }
}
