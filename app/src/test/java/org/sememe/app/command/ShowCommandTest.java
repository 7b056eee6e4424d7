package org.sememe.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.app.studio.FeatureNotes;

class ShowCommandTest {
  @TempDir private static Path folder;
  private static TinyRun tiny;

  @BeforeAll
  static void train() throws IOException {
    tiny = TinyRun.in(folder);
  }

  @Test
  void aFeatureIsShownWithItsNoteWhichOutlivesTheIndex() throws IOException {
    new FeatureNotes(tiny.run().resolve(FeatureNotes.FILE))
        .put(3, new FeatureNotes.Note("three", "what I saw"));
    Sememe.json("index", tiny.run());

    Sememe shown = Sememe.run("show", tiny.run(), 3);
    JsonNode json = Sememe.json("show", tiny.run(), 3);

    assertThat(shown.exitCode()).isZero();
    assertThat(shown.out()).contains("Feature 3  three", "note       what I saw", "density");
    assertThat(json.path("label").asText()).isEqualTo("three");
    assertThat(json.path("feature").path("latent").asInt()).isEqualTo(3);
    assertThat(json.path("feature").path("max_activation").isNumber()).isTrue();
    assertThat(json.path("feature").path("examples").isArray()).isTrue();
  }

  @Test
  void whatIsNotThereIsOneClearLine() {
    Sememe latent = Sememe.run("show", tiny.run(), TinyRun.LATENTS);
    assertThat(latent.exitCode()).isEqualTo(2);
    assertThat(latent.err()).contains("0 to " + (TinyRun.LATENTS - 1));
    assertThat(Sememe.run("show", tiny.run(), "-1").exitCode()).isEqualTo(2);
    assertThat(Sememe.run("show", folder.resolve("nothing"), 3).exitCode()).isEqualTo(1);
  }
}
