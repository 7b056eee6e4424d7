package org.sememe.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.tensors.testing.Fixtures;

/** {@code sememe diffusion} on tiny networks and pictures. */
class DiffusionCommandTest {
  @TempDir private Path folder;

  private static Path first(String kind) throws IOException {
    try (Stream<Path> all = Files.list(Fixtures.require("diffusion/" + kind))) {
      return all.filter(path -> Files.exists(path.resolve("model")))
          .sorted()
          .findFirst()
          .orElseThrow()
          .resolve("model");
    }
  }

  @Test
  void aPromptBecomesPictures() throws IOException {
    Path out = folder.resolve("cat.png");
    JsonNode result =
        Sememe.json(
            "diffusion",
            "sample",
            first("pipelines"),
            "--prompt",
            "a cat",
            "--steps",
            2,
            "--size",
            64,
            "--count",
            2,
            "--guidance",
            3,
            "--negative",
            "a dog",
            "--seed",
            5,
            "--out",
            out);

    assertThat(result.get("pictures").asInt()).isEqualTo(2);
    assertThat(result.get("steps").asInt()).isEqualTo(2);
    BufferedImage image = ImageIO.read(out.toFile());
    assertThat(image.getHeight()).isEqualTo(64).isEqualTo(result.get("height").asInt());
    assertThat(image.getWidth()).isEqualTo(2 * 64);

    byte[] before = Files.readAllBytes(out);
    Sememe.json(
        "diffusion",
        "sample",
        first("pipelines"),
        "--prompt",
        "a cat",
        "--steps",
        2,
        "--size",
        64,
        "--count",
        2,
        "--guidance",
        3,
        "--negative",
        "a dog",
        "--seed",
        5,
        "--out",
        out);
    assertThat(Files.readAllBytes(out)).isEqualTo(before);
  }

  /** The network of a class case beside a scheduler of our own choice. */
  private Path classFolder() throws IOException {
    Path model = first("unet-class");
    Path unet = Files.createDirectories(folder.resolve("classes/unet"));
    for (String file : List.of("config.json", "diffusion_pytorch_model.safetensors")) {
      Files.copy(model.resolve(file), unet.resolve(file));
    }
    Path scheduler = Files.createDirectories(folder.resolve("classes/scheduler"));
    Files.writeString(
        scheduler.resolve("scheduler_config.json"),
        "{\"_class_name\": \"DDIMScheduler\", \"prediction_type\": \"v_prediction\","
            + " \"timestep_spacing\": \"trailing\", \"rescale_betas_zero_snr\": true}");
    return folder.resolve("classes");
  }

  @Test
  void aClassBecomesPictures() throws IOException {
    Path classes = classFolder();
    Path out = folder.resolve("class.png");
    JsonNode result =
        Sememe.json(
            "diffusion", "sample", classes, "--class", 1, "--steps", 3, "--size", 16, "--out", out);

    assertThat(ImageIO.read(out.toFile()).getWidth()).isEqualTo(16);
    assertThat(result.get("pictures_per_s").asDouble()).isPositive();

    Sememe unknown =
        Sememe.run("diffusion", "sample", classes, "--class", 10_000, "--size", 16, "--out", out);
    assertThat(unknown.exitCode()).isEqualTo(1);
    assertThat(unknown.err()).contains("class 10000").doesNotContain("Exception");
  }

  /** Train on written pictures, draw with the result, and find a finished run again. */
  @Test
  void whatIsTrainedDraws() throws IOException {
    int count = 6;
    int side = 8;
    ByteBuffer images = ByteBuffer.allocate(16 + count * side * side);
    images.putInt(0x803).putInt(count).putInt(side).putInt(side);
    Files.write(folder.resolve("train-images-idx3-ubyte"), images.array());
    ByteBuffer labels = ByteBuffer.allocate(8 + count).putInt(0x801).putInt(count);
    for (int i = 0; i < count; i++) {
      labels.put((byte) (i % 3));
    }
    Files.write(folder.resolve("train-labels-idx1-ubyte"), labels.array());
    Path run = folder.resolve("run");
    Object[] train = {
      "diffusion",
      "train",
      "--pictures",
      folder,
      "--side",
      4,
      "--channels",
      "4,8",
      "--steps",
      3,
      "--batch",
      2,
      "--out",
      run
    };

    JsonNode trained = Sememe.json(train);
    assertThat(trained.get("classes").asInt()).isEqualTo(3);
    assertThat(trained.get("steps_done").asInt()).isEqualTo(3);
    assertThat(trained.get("loss").asDouble()).isPositive();
    assertThat(Sememe.json(train).get("steps_done").asInt()).isZero();

    Path out = folder.resolve("drawn.png");
    Sememe.json("diffusion", "sample", run, "--class", 2, "--steps", 2, "--out", out);
    assertThat(ImageIO.read(out.toFile()).getWidth()).isEqualTo(4);
  }

  @Test
  void wrongUsageIsNamed() throws IOException {
    Path pipeline = first("pipelines");
    Path out = folder.resolve("x.png");
    Sememe both =
        Sememe.run("diffusion", "sample", pipeline, "--prompt", "x", "--class", 1, "--out", out);
    assertThat(both.exitCode()).isEqualTo(2);
    Sememe label = Sememe.run("diffusion", "sample", pipeline, "--class", 1, "--out", out);
    assertThat(label.exitCode()).isEqualTo(2);
    assertThat(label.err()).contains("--prompt");
    Sememe idle =
        Sememe.run(
            "diffusion", "sample", pipeline, "--prompt", "x", "--negative", "y", "--out", out);
    assertThat(idle.exitCode()).isEqualTo(2);
    assertThat(idle.err()).contains("--guidance");
    Sememe missing =
        Sememe.run("diffusion", "sample", folder.resolve("no"), "--prompt", "x", "--out", out);
    assertThat(missing.exitCode()).isEqualTo(1);
    assertThat(missing.err()).contains("model_index.json");
    assertThat(out).doesNotExist();
  }
}
