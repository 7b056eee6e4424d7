package org.sememe.app.bench;

import java.io.IOException;
import java.nio.file.Path;
import org.sememe.activations.HarvestListener;
import org.sememe.activations.HarvestOptions;
import org.sememe.activations.Harvester;
import org.sememe.models.LanguageModel;
import org.sememe.models.testing.SeededText;
import org.sememe.models.testing.TinyTokenizer;

/** Some thousand rows of a tiny model, in contexts of {@value #CONTEXT} tokens. */
final class TinyStore {
  static final String HOOK = "blocks.1.hook_resid_post";
  static final int CONTEXT = 20;

  private TinyStore() {}

  /** Harvests them into a folder and gives it. */
  static Path harvest(LanguageModel model, Path folder) throws IOException {
    return Harvester.harvest(
            model,
            TinyTokenizer.plain(),
            new SeededText(2, 150, 90),
            folder,
            HarvestOptions.of(HOOK).withContextLength(CONTEXT).withHeldOutShare(0.3),
            HarvestListener.none())
        .store();
  }
}
