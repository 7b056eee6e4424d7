package org.sememe.tensors.pickle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

/** Torch files damaged in thousands of ways: as they lie, and behind right checksums. */
class TorchDamageTest {
  private static final int LARGEST = 4_000;
  private static final int EVERY = 10;
  private static final long TENSOR_FLOOR = 16L << 20;
  private static final long FACTOR = 100;

  @TempDir private Path folder;

  private static List<Path> files(String name) throws IOException {
    Torch.start(2);
    try (Stream<Path> all = Files.list(Fixtures.require("formats/pickle"))) {
      return all.filter(file -> file.getFileName().toString().matches(name + ".*\\.pt"))
          .filter(file -> file.toFile().length() < LARGEST)
          .sorted()
          .toList();
    }
  }

  private static List<Path> some(List<Path> files) {
    return files.stream().filter(file -> files.indexOf(file) % EVERY == 0).toList();
  }

  private static void readAll(Path path) throws IOException {
    try (PointerScope scope = new PointerScope();
        TorchFile file = TorchFile.openAny(path)) {
      long bytes = 0;
      for (String name : file.names()) {
        if (file.readable(name)) {
          bytes += file.tensor(name).nbytes();
        }
      }
      assertThat(bytes).isLessThanOrEqualTo(TENSOR_FLOOR + FACTOR * Files.size(path));
    }
  }

  /** No checksum: damage reaches the pickle machine. */
  @TestFactory
  Stream<DynamicTest> oldFiles() throws IOException {
    return files("legacy").stream()
        .map(
            file ->
                dynamicTest(
                    file.getFileName().toString(),
                    () -> Damage.check(file, folder, TorchDamageTest::readAll)));
  }

  /** Damage to the zip archive itself. */
  @TestFactory
  Stream<DynamicTest> zipFiles() throws IOException {
    return some(files("zip")).stream()
        .map(
            file ->
                dynamicTest(
                    file.getFileName().toString(),
                    () -> Damage.check(file, folder, TorchDamageTest::readAll)));
  }

  /** Damage to the object, in an archive whose checksums are right. */
  @TestFactory
  Stream<DynamicTest> objectsOfZipFiles() throws IOException {
    return some(files("zip")).stream()
        .map(file -> dynamicTest(file.getFileName().toString(), () -> damageObject(file)));
  }

  private void damageObject(Path file) throws Exception {
    Map<String, byte[]> members = new HashMap<>();
    try (ZipFile zip = new ZipFile(file.toFile())) {
      for (ZipEntry entry : zip.stream().map(ZipEntry.class::cast).toList()) {
        try (InputStream in = zip.getInputStream(entry)) {
          members.put(
              entry.getName().substring(entry.getName().indexOf('/') + 1), in.readAllBytes());
        }
      }
    }
    Path pickle =
        Files.write(folder.resolve("of-" + file.getFileName()), members.remove("data.pkl"));
    Damage.check(pickle, folder, damaged -> readWithMembers(damaged, members));
  }

  /** Puts a zip archive in the pickle's place for as long as it is read. */
  private static void readWithMembers(Path file, Map<String, byte[]> members) throws IOException {
    byte[] pickle = Files.readAllBytes(file);
    try {
      readAll(PickleBytes.zip(file, pickle, members));
    } finally {
      Files.write(file, pickle);
    }
  }
}
