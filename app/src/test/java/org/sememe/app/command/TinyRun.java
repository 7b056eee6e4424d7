package org.sememe.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.sememe.models.testing.SeededText;
import org.sememe.models.testing.TinyModel;
import org.sememe.models.text.Document;

/**
 * A tiny model and an indexed run of a dictionary of it, made by the commands.
 *
 * @param model the model's folder
 * @param run the run's folder
 */
record TinyRun(Path model, Path run) {
  static final String HOOK = "blocks.1.hook_resid_post";
  static final int LATENTS = 64;

  static TinyRun in(Path folder) throws IOException {
    Path weights = TinyModel.write(folder.resolve("model"), 5);
    Path text = Files.createDirectories(folder.resolve("text"));
    try (Stream<Document> documents = new SeededText(1, 60, 200).documents()) {
      for (Document document : documents.toList()) {
        Files.writeString(text.resolve(document.name() + ".txt"), document.text());
      }
    }
    Path store = folder.resolve("store");
    Path run = folder.resolve("run");
    done(
        "harvest",
        weights,
        "--text",
        text,
        "--hooks",
        HOOK,
        "--context-length",
        32,
        "--out",
        store);
    done(
        "train",
        "--store",
        store,
        "--latents",
        LATENTS,
        "--k",
        4,
        "--batch",
        128,
        "--tokens",
        "10k",
        "--set",
        "sample-rows=512",
        "--out",
        run);
    done("index", run);
    return new TinyRun(weights, run);
  }

  private static void done(Object... arguments) {
    Sememe ran = Sememe.run(arguments);
    assertThat(ran.exitCode()).as(ran.err()).isZero();
  }
}
