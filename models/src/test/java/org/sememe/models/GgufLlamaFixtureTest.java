package org.sememe.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.sememe.models.generation.GenerationOptions;
import org.sememe.models.generation.Generator;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.testing.Fixtures;

/** Tiny GGUF models against the values of the original implementation. */
class GgufLlamaFixtureTest {
  private static final double TOLERANCE = 2e-5;

  @TestFactory
  Stream<DynamicTest> everyFile() throws Exception {
    Path folder = Fixtures.require("gguf/tiny_llama");
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> models =
          files.filter(f -> f.getFileName().toString().endsWith(".gguf")).sorted().toList();
      assertThat(models).isNotEmpty();
      return models.stream()
          .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> check(file)));
    }
  }

  private void check(Path file) throws Exception {
    String name = file.getFileName().toString().replace(".gguf", ".expected.safetensors");
    try (FixtureTensors values = new FixtureTensors(file.resolveSibling(name));
        LanguageModel model = Models.open(file)) {
      List<int[]> sequences = values.sequences("input_ids", "attention_mask");
      compare(model, values, TokenBatch.of(sequences));
      int[] expected = values.ints("greedy.ids");
      assertThat(
              Generator.generate(
                      model,
                      values.ints("greedy.prompt"),
                      GenerationOptions.greedy(expected.length))
                  .ids())
          .isEqualTo(expected);
    }
  }

  private void compare(LanguageModel model, FixtureTensors values, TokenBatch batch) {
    String[] hooks =
        model.hookPoints().stream().map(HookPoint::name).filter(values::has).toArray(String[]::new);
    assertThat(hooks).hasSizeGreaterThan(1).contains(HookPoint.LOGITS);
    try (Forward forward = model.run(batch, HookPlan.builder().capture(hooks).build())) {
      for (String hook : hooks) {
        assertThat(
                Distances.relativeToLargest(
                    TensorMemory.floats(forward.activation(hook)),
                    values.floats(hook),
                    batch.mask()))
            .as(hook)
            .isLessThan(TOLERANCE);
      }
    }
  }
}
