package org.sememe.activations;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sememe.models.LanguageModel;
import org.sememe.models.Models;
import org.sememe.models.testing.SeededText;
import org.sememe.models.testing.TinyModel;
import org.sememe.models.testing.TinyTokenizer;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.Damage;

/** Every file of a store cut short and altered: one clear error, or a store that can be read. */
class DamagedStoreTest {
  private static final String HOOK = "blocks.0.hook_resid_post";

  @TempDir private static Path folder;
  private static Path store;

  @BeforeAll
  static void harvest() throws IOException {
    Torch.start(2);
    try (LanguageModel model = Models.open(TinyModel.write(folder.resolve("model"), 1))) {
      store =
          Harvester.harvest(
                  model,
                  TinyTokenizer.plain(),
                  new SeededText(4, 12, 40),
                  folder.resolve("store"),
                  HarvestOptions.of(HOOK).withContextLength(16).withHeldOutShare(0.4),
                  HarvestListener.none())
              .store();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "manifest.json",
        "train-00000.safetensors",
        "contexts-held_out.safetensors",
        "documents.json"
      })
  void aDamagedFileIsRefusedOrRead(String name) throws Exception {
    Damage.checkInPlace(store.resolve(name), file -> readAll());
  }

  private static void readAll() throws IOException {
    try (ActivationStore opened = ActivationStore.open(store)) {
      opened.verify();
      opened.documentNames();
      for (Split split : Split.values()) {
        if (opened.manifest().counts(split).contexts() > 0) {
          Contexts contexts = opened.contexts(split);
          for (int i = 0; i < contexts.count(); i++) {
            contexts.tokens(i);
            contexts.documents(i);
          }
        }
        for (Shard shard : opened.shards(split)) {
          shard.tokenIds();
          shard.activations(HOOK);
        }
      }
    }
  }
}
