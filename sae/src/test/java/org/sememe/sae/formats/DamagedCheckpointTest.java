package org.sememe.sae.formats;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.Damage;
import org.sememe.tensors.testing.Fixtures;

/** Configurations of each library cut short and altered: read, or refused in one line. */
class DamagedCheckpointTest {
  private static final Set<String> CONFIGS = Set.of("json", "yaml");
  private static final LoadOptions OPTIONS =
      new LoadOptions(Map.of(LoadOptions.K, "2", LoadOptions.NORM_SCALING_FACTOR, "1.5"));

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  /** The first case of each library that is one dictionary with a configuration. */
  @TestFactory
  List<DynamicTest> configurations() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    try (Stream<Path> libraries = Files.list(Fixtures.require("formats"))) {
      for (Path library : libraries.filter(Files::isDirectory).sorted().toList()) {
        for (Path checkpoint : checkpoints(library)) {
          List<Path> configs = configs(checkpoint);
          if (!configs.isEmpty() && opens(checkpoint)) {
            for (Path config : configs) {
              tests.add(
                  DynamicTest.dynamicTest(
                      library.getFileName() + " " + config.getFileName(),
                      () -> damage(checkpoint, checkpoint.relativize(config))));
            }
            break;
          }
        }
      }
    }
    assertThat(tests).isNotEmpty();
    return tests;
  }

  private static List<Path> checkpoints(Path library) throws IOException {
    try (Stream<Path> cases = Files.list(library)) {
      return cases
          .map(one -> one.resolve("checkpoint"))
          .filter(Files::isDirectory)
          .sorted()
          .toList();
    }
  }

  private static List<Path> configs(Path checkpoint) throws IOException {
    try (Stream<Path> files = Files.walk(checkpoint)) {
      return files
          .filter(
              file -> {
                String name = file.getFileName().toString();
                return CONFIGS.contains(name.substring(name.lastIndexOf('.') + 1));
              })
          .sorted()
          .toList();
    }
  }

  private static boolean opens(Path checkpoint) throws IOException {
    try (Dictionary dictionary = DictionaryFiles.open(checkpoint, OPTIONS)) {
      return dictionary.facts().latents() > 0;
    } catch (AmbiguousPathException several) {
      return false;
    }
  }

  private void damage(Path checkpoint, Path config) throws Exception {
    Path copy = Files.createTempDirectory(folder, "case").resolve("checkpoint");
    try (Stream<Path> files = Files.walk(checkpoint)) {
      for (Path file : files.sorted().toList()) {
        Path target = copy.resolve(checkpoint.relativize(file));
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
    Damage.checkInPlace(copy.resolve(config), file -> DictionaryFiles.open(copy, OPTIONS).close());
  }
}
