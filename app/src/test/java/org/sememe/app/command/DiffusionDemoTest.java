package org.sememe.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code sememe diffusion demo}, with a hundredth of the usual steps. */
class DiffusionDemoTest {
  @TempDir private Path folder;

  private Object[] demo(Object pictures) {
    return new Object[] {
      "diffusion",
      "demo",
      "--pictures",
      pictures,
      "--side",
      8,
      "--budget",
      1,
      "--threads",
      1,
      "--out",
      folder.resolve("runs"),
      "--no-studio"
    };
  }

  @Test
  void whatIsThereIsNotDoneAgain() throws IOException {
    TinyPictures.write(folder, "train", 120);
    TinyPictures.write(folder, "t10k", 120);

    JsonNode first = Sememe.json(demo(folder));
    assertThat(first.get("seconds").fieldNames())
        .toIterable()
        .containsExactly("train", "features", "distill", "evaluate");
    Path student = folder.resolve("runs/student");
    assertThat(first.get("run").asText()).isEqualTo(student.toString());
    assertThat(Files.readString(student.resolve("metrics.jsonl"))).contains("\"step\":10");
    assertThat(Files.readString(student.resolve("evaluation.json"))).contains("\"student\"");

    assertThat(Sememe.json(demo(folder)).get("seconds")).isEmpty();

    byte[] drawn = Files.readAllBytes(student.resolve("unet/diffusion_pytorch_model.safetensors"));
    Files.delete(student.resolve("distillation.json"));
    JsonNode again = Sememe.json(demo(folder));
    assertThat(again.get("seconds").fieldNames()).toIterable().containsExactly("distill");
    assertThat(student.resolve("unet/diffusion_pytorch_model.safetensors"))
        .as("a run goes on from its checkpoint")
        .hasBinaryContent(drawn);
  }

  @Test
  void aFailedStepEndsItInALine() {
    Sememe unknown = Sememe.run(demo("nothing"));
    assertThat(unknown.exitCode()).isNotZero();
    assertThat(unknown.err())
        .contains("no pictures nothing", "mnist, emoji, fashion-mnist")
        .doesNotContain("\tat ");
    assertThat(folder.resolve("runs/student")).doesNotExist();
  }
}
