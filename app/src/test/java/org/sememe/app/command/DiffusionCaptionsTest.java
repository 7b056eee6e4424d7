package org.sememe.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.app.inputs.QuietOpener;
import org.sememe.app.pictures.DrawingRuns;
import org.sememe.app.studio.PictureSource;
import org.sememe.models.testing.TinyEncoder;

/** From a folder of captioned pictures to pictures of captions, with a tiny encoder. */
class DiffusionCaptionsTest {
  private static final int SIDE = 8;

  @TempDir private Path folder;

  /** Red or blue squares, whose captions say so; one more caption is held out. */
  private Path pictures() throws IOException {
    Path pictures = Files.createDirectories(folder.resolve("pictures"));
    StringBuilder table = new StringBuilder("file_name,caption,split\n");
    for (int i = 0; i < 12; i++) {
      BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
      for (int at = 0; at < SIDE * SIDE; at++) {
        image.setRGB(at % SIDE, at / SIDE, i % 2 == 0 ? 0xe00000 + i : 0x0000e0 + i);
      }
      ImageIO.write(image, "png", pictures.resolve(i + ".png").toFile());
      String caption = i > 9 ? "a red one" : i % 2 == 0 ? "red" : "blue";
      table.append("%d.png,%s,%s%n".formatted(i, caption, i > 9 ? "test" : "train"));
    }
    Files.writeString(pictures.resolve("metadata.csv"), table);
    return pictures;
  }

  @Test
  void captionsAreTrainedOnDistilledAndDrawn() throws IOException {
    Path encoder = Files.createDirectories(folder.resolve("encoder"));
    TinyEncoder.write(encoder, TinyEncoder.words("a", "red", "blue", "one"), 3);
    TinyEncoder.pooling(encoder);
    Path pictures = pictures();
    Path teacher = folder.resolve("teacher");
    Object[] train = {
      "diffusion",
      "train",
      "--pictures",
      pictures,
      "--side",
      SIDE,
      "--channels",
      "8",
      "--steps",
      4,
      "--batch",
      8,
      "--encoder",
      encoder,
      "--out",
      teacher
    };
    JsonNode trained = Sememe.json(train);
    assertThat(trained.get("captions").asInt()).isEqualTo(2);
    assertThat(Sememe.json(train).get("steps_done").asInt()).isZero();
    Path features = folder.resolve("features");
    Sememe.json(
        "diffusion",
        "features",
        "--pictures",
        pictures,
        "--side",
        SIDE,
        "--channels",
        "4,8",
        "--steps",
        1,
        "--batch",
        4,
        "--out",
        features);
    Path student = folder.resolve("student");
    Sememe.json(
        "diffusion",
        "distill",
        "--pictures",
        pictures,
        "--side",
        SIDE,
        "--teacher",
        teacher,
        "--features",
        features,
        "--steps",
        2,
        "--batch",
        4,
        "--out",
        student);

    Path out = folder.resolve("drawn.png");
    JsonNode drawn =
        Sememe.json(
            "diffusion",
            "sample",
            student,
            "--caption",
            "red",
            "--caption",
            "a blue one",
            "--count",
            3,
            "--seed",
            5,
            "--out",
            out);
    assertThat(drawn.get("pictures").asInt()).isEqualTo(6);
    BufferedImage image = ImageIO.read(out.toFile());
    assertThat(image.getWidth()).isEqualTo(3 * SIDE);
    assertThat(image.getHeight()).isEqualTo(2 * SIDE);
    Sememe classes = Sememe.run("diffusion", "sample", student, "--class", 1, "--out", out);
    assertThat(classes.exitCode()).isEqualTo(1);
    assertThat(classes.err()).contains("draws from captions").doesNotContain("\tat ");

    JsonNode sheet =
        Sememe.json(
            "diffusion",
            "sheet",
            student,
            "--pictures",
            pictures,
            "--side",
            SIDE,
            "--teacher-steps",
            2,
            "--out",
            folder.resolve("sheet.png"));
    assertThat(sheet.get("captions")).hasSize(2);
    assertThat(sheet.get("captions").get(0).asText()).isEqualTo("a red one");
    assertThat(sheet.get("columns").toString())
        .isEqualTo("[\"real\",\"teacher, 2\",\"student, 1\"]");
    assertThat(ImageIO.read(folder.resolve("sheet.png").toFile()).getWidth()).isGreaterThan(200);
    theStudioDraws(student, out);

    Sememe few =
        Sememe.run(
            "diffusion",
            "evaluate",
            "--student",
            student,
            "--pictures",
            pictures,
            "--side",
            SIDE,
            "--judge",
            folder.resolve("judge"),
            "--judge-steps",
            1,
            "--count",
            100);
    assertThat(few.err()).contains("there are only 2 pictures").doesNotContain("\tat ");

    // Other weights of the same name: what they say means nothing to these networks.
    TinyEncoder.write(encoder, TinyEncoder.words("a", "red", "blue", "one"), 4);
    Sememe other = Sememe.run("diffusion", "sample", student, "--caption", "red", "--out", out);
    assertThat(other.exitCode()).isEqualTo(1);
    assertThat(other.err()).contains("not the encoder").doesNotContain("\tat ");
  }

  private void theStudioDraws(Path student, Path out) throws IOException {
    Sememe.json("diffusion", "sample", student, "--caption", "red", "--seed", 5, "--out", out);
    try (DrawingRuns runs =
        DrawingRuns.of(
            student, Optional.empty(), Optional.empty(), Optional.empty(), QuietOpener.opener())) {
      assertThat(runs.networks()).allMatch(PictureSource.Network::captions).hasSize(2);
      PictureSource.Sheet sheet =
          runs.draw(request(OptionalInt.empty(), Optional.of("red"))).pictures();
      byte[] values = Base64.getDecoder().decode(sheet.values());
      int first = ImageIO.read(out.toFile()).getRGB(0, 0);
      assertThat(Byte.toUnsignedInt(values[0]))
          .as("as sample draws it")
          .isEqualTo(first >> 16 & 255);
      assertThatThrownBy(() -> runs.draw(request(OptionalInt.of(0), Optional.empty())))
          .hasMessageContaining("say a caption");
    }
  }

  private static PictureSource.Request request(OptionalInt label, Optional<String> caption) {
    return new PictureSource.Request(
        "student",
        List.of(
            new PictureSource.Wanted(
                label, caption, 5, OptionalLong.empty(), OptionalDouble.empty())),
        1,
        Optional.empty(),
        OptionalDouble.empty(),
        Optional.empty(),
        OptionalInt.empty());
  }
}
