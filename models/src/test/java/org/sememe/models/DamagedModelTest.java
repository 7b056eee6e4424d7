package org.sememe.models;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sememe.models.testing.TinyModel;
import org.sememe.models.tokenizer.Tokenizer;
import org.sememe.models.tokenizer.Tokenizers;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.Damage;

/** Every file of a model's folder cut short and altered: one clear error, or a model that runs. */
class DamagedModelTest {
  @TempDir private static Path folder;
  private static Path model;

  @BeforeAll
  static void write() throws IOException {
    Torch.start(2);
    model = TinyModel.write(folder.resolve("model"), 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"config.json", "model.safetensors"})
  void damagedWeightsAreRefusedOrRun(String name) throws Exception {
    Damage.checkInPlace(
        model.resolve(name),
        file -> {
          try (LanguageModel opened = Models.open(model);
              Forward run =
                  opened.run(
                      TokenBatch.of(new int[] {1, 2, 3}), HookPlan.builder().logits().build())) {
            run.logits();
          }
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"tokenizer.json", "tokenizer_config.json"})
  void aDamagedTokenizerIsRefusedOrRead(String name) throws Exception {
    Damage.checkInPlace(
        model.resolve(name),
        file -> {
          try (Tokenizer tokenizer = Tokenizers.open(model)) {
            tokenizer.decode(tokenizer.encode("Hello, sememe (1)").ids());
          }
        });
  }
}
