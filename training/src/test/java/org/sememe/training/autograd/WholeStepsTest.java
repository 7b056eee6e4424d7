package org.sememe.training.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.Fixtures;

/** Five whole steps against those of three libraries' own trainers, from the same weights. */
class WholeStepsTest {
  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  @TestFactory
  Stream<DynamicTest> everyCase() throws IOException {
    Path root = Fixtures.require("steps");
    try (Stream<Path> folders = Files.walk(root, 2)) {
      return folders
          .filter(folder -> Files.exists(folder.resolve("expected.json")))
          .sorted()
          .toList()
          .stream()
          .map(
              folder ->
                  DynamicTest.dynamicTest(root.relativize(folder).toString(), () -> check(folder)));
    }
  }

  private static void check(Path folder) throws IOException {
    try (PointerScope scope = new PointerScope()) {
      StepCase given = StepCase.read(folder);
      Setting setting = Settings.of(given);
      for (int step = 0; step < given.steps(); step++) {
        double wanted = given.expected().path("learning_rates").get(step).asDouble();
        assertThat(setting.rate() * setting.course().factor(step))
            .as("learning rate of step %d", step)
            .isCloseTo(wanted, within(1e-9));
      }
      try (StepRun run = new StepRun(given, setting)) {
        for (int step = 0; step < given.steps(); step++) {
          run.step(step);
        }
        run.checkEnd();
      }
    }
  }
}
