package org.sememe.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.Fixtures;

/** The Qwen models of the fixtures, written as GGUF files, give the same values. */
class GgufQwenTest {
  private static final Set<String> ARCHITECTURES = Set.of("qwen2", "qwen3");
  private static final Set<String> INPUTS = Set.of("input_ids", "attention_mask", "ce", "ce_mask");

  @TempDir Path temporary;

  @TestFactory
  Stream<DynamicTest> everyQwen() throws Exception {
    Torch.start(2);
    List<DynamicTest> tests = new ArrayList<>();
    try (Stream<Path> folders = Files.list(Fixtures.require("models"))) {
      for (Path folder : folders.filter(Files::isDirectory).sorted().toList()) {
        String family =
            new ObjectMapper()
                .readTree(folder.resolve("config.json").toFile())
                .path("model_type")
                .asText();
        if (ARCHITECTURES.contains(family)
            && Files.exists(folder.resolve("expected.safetensors"))) {
          tests.add(DynamicTest.dynamicTest(folder.getFileName().toString(), () -> check(folder)));
        }
      }
    }
    assertThat(tests).isNotEmpty();
    return tests.stream();
  }

  private void check(Path folder) throws Exception {
    Path copy = Files.createDirectory(temporary.resolve(folder.getFileName()));
    for (String name : List.of("config.json", "model.safetensors")) {
      Files.copy(folder.resolve(name), copy.resolve(name));
    }
    Path file = GgufFromFolder.write(copy, temporary.resolve(folder.getFileName() + ".gguf"));
    try (FixtureTensors values = new FixtureTensors(folder.resolve("expected.safetensors"));
        LanguageModel model = Models.open(file)) {
      TokenBatch batch = TokenBatch.of(values.sequences("input_ids", "attention_mask"));
      String[] hooks = ModelCases.stored(model.hookPoints(), values, "", INPUTS);
      assertThat(hooks).contains(HookPoint.LOGITS);
      try (Forward forward = model.run(batch, HookPlan.builder().capture(hooks).build())) {
        for (String hook : hooks) {
          ModelCases.compare(forward, model.hookPoint(hook), values, "", batch);
        }
      }
    }
  }
}
