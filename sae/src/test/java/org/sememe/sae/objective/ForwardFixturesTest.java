package org.sememe.sae.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sememe.tensors.testing.TensorAssertions.assertClose;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.Fixtures;

/** Losses, what leads to them, and gradients against the original libraries' own. */
class ForwardFixturesTest {
  private static final double LOSSES = 2e-6;
  private static final double TENSORS = 2e-5;

  private static final Map<String, Function<ForwardCase, Translation>> LIBRARIES =
      Map.of(
          "dictionary_learning", DictionaryLearningCases::of,
          "saelens", SaeLensCases::of,
          "sparsify", SparsifyCases::of);

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  @TestFactory
  Stream<DynamicTest> everyCase() throws IOException {
    Path root = Fixtures.require("forward");
    return LIBRARIES.keySet().stream().sorted().flatMap(library -> cases(root.resolve(library)));
  }

  private static Stream<DynamicTest> cases(Path library) {
    String name = library.getFileName().toString();
    try (Stream<Path> folders = Files.list(library)) {
      return folders.filter(Files::isDirectory).sorted().toList().stream()
          .map(
              folder ->
                  DynamicTest.dynamicTest(
                      name + "/" + folder.getFileName(), () -> check(folder, LIBRARIES.get(name))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void check(Path folder, Function<ForwardCase, Translation> translate)
      throws IOException {
    try (PointerScope scope = new PointerScope()) {
      ForwardCase given = ForwardCase.read(folder);
      Translation ours = translate.apply(given);
      Evaluation evaluation =
          Objective.of(ours.design())
              .evaluate(given.parameters(), given.x(), given.target(), ours.situation());
      assertThat(ours.seen()).as("seen").containsKeys(names(given, "mid.", ours));
      assertThat(ours.after()).as("after").containsKeys(names(given, "state_after.", ours));
      ours.seen()
          .forEach((name, tensor) -> compare(given, "mid." + name, tensor.apply(evaluation)));
      ours.after()
          .forEach(
              (name, tensor) -> compare(given, "state_after." + name, tensor.apply(evaluation)));
      checkLosses(given, ours, evaluation);
      Map<String, Tensor> gradients = evaluation.gradients();
      Map<String, Tensor> expected = given.gradients();
      assertThat(gradients).containsOnlyKeys(expected.keySet());
      expected.forEach((name, tensor) -> compare("grad." + name, gradients.get(name), tensor));
    }
  }

  /** What the library wrote, without what it only fills in. */
  private static String[] names(ForwardCase given, String prefix, Translation ours) {
    return given.names(prefix).stream()
        .filter(name -> !ours.fillers().contains(name))
        .toArray(String[]::new);
  }

  private static void checkLosses(ForwardCase given, Translation ours, Evaluation evaluation) {
    for (String name : given.names("loss.")) {
      double actual =
          name.equals("total")
              ? evaluation.total().item_double()
              : ours.losses().get(name).applyAsDouble(evaluation);
      double expected = given.tensor("loss." + name).item_double();
      assertThat(Math.abs(actual - expected))
          .as("loss %s: %s instead of %s", name, actual, expected)
          .isLessThanOrEqualTo(LOSSES * Math.abs(expected));
    }
  }

  private static void compare(ForwardCase given, String name, Tensor actual) {
    compare(name, actual, given.tensor(name));
  }

  /** Close, and 0 exactly where 0 is expected. */
  private static void compare(String name, Tensor actual, Tensor expected) {
    assertClose(name, actual, expected, TENSORS);
    double[] values = TensorMemory.doubles(actual);
    double[] wanted = TensorMemory.doubles(expected);
    for (int i = 0; i < wanted.length; i++) {
      if (wanted[i] == 0) {
        assertThat(values[i]).as("%s, value %d", name, i).isZero();
      }
    }
  }
}
