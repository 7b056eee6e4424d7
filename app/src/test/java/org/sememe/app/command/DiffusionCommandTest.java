package org.sememe.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.app.Main;
import org.sememe.app.inputs.QuietOpener;
import org.sememe.app.pictures.DrawingRuns;
import org.sememe.app.studio.PictureSource;
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

  /** Train, learn features, distil, draw; finished runs are found again. */
  @Test
  void whatIsTrainedIsDistilledAndDraws() throws IOException {
    TinyPictures.write(folder, "train", 120);
    TinyPictures.write(folder, "t10k", 120);
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
    Object[] each = {
      "diffusion", "sample", run, "--each-class", "--count", 2, "--steps", 2, "--out", out
    };
    assertThat(Sememe.json(each).get("pictures").asInt()).isEqualTo(6);
    assertThat(ImageIO.read(out.toFile()).getWidth()).isEqualTo(12);

    Path features = folder.resolve("features");
    JsonNode learned =
        Sememe.json(
            "diffusion",
            "features",
            "--pictures",
            folder,
            "--side",
            4,
            "--channels",
            "4,8",
            "--steps",
            3,
            "--batch",
            4,
            "--out",
            features);
    assertThat(learned.get("probe_accuracy").asDouble()).isBetween(0.0, 1.0);

    Path student = folder.resolve("student");
    Object[] distill = {
      "diffusion",
      "distill",
      "--pictures",
      folder,
      "--side",
      4,
      "--teacher",
      run,
      "--features",
      features,
      "--steps",
      3,
      "--batch",
      4,
      "--head-channels",
      4,
      "--out",
      student
    };
    JsonNode distilled = Sememe.json(distill);
    assertThat(distilled.get("steps_done").asInt()).isEqualTo(3);
    assertThat(distilled.at("/frozen/after")).isEqualTo(distilled.at("/frozen/before"));
    assertThat(distilled.at("/frozen/after/teacher").asText()).hasSize(64);
    assertThat(Sememe.json(distill).get("steps_done").asInt()).isZero();
    assertThat(ImageIO.read(student.resolve("samples/0000003.png").toFile()).getWidth())
        .isEqualTo(10 * 4);
    assertThat(Files.readString(student.resolve("metrics.jsonl")))
        .contains("\"heads\"", "\"generator\"", "\"teaching\"");
    for (int steps : new int[] {1, 2, 4}) {
      Sememe.json("diffusion", "sample", student, "--class", 2, "--steps", steps, "--out", out);
      assertThat(ImageIO.read(out.toFile()).getWidth()).isEqualTo(4);
    }
    Sememe tooMany =
        Sememe.run("diffusion", "sample", student, "--class", 2, "--steps", 5, "--out", out);
    assertThat(tooMany.exitCode()).isEqualTo(1);
    assertThat(tooMany.err()).contains("ask for fewer");

    JsonNode measured =
        Sememe.json(
            "diffusion",
            "evaluate",
            "--pictures",
            folder,
            "--side",
            4,
            "--teacher",
            run,
            "--student",
            student,
            "--teacher-steps",
            "1,2",
            "--student-steps",
            1,
            "--judge",
            folder.resolve("judge"),
            "--judge-steps",
            20,
            "--count",
            100);
    assertThat(measured.get("rows").findValuesAsText("name"))
        .containsExactly("real", "teacher", "teacher", "student");
    for (JsonNode row : measured.get("rows")) {
      assertThat(row.get("fid").asDouble()).isFinite();
      assertThat(row.get("consistency").asDouble()).isBetween(0.0, 1.0);
      assertThat(row.has("pictures_per_s")).isEqualTo(row.get("steps").asInt() > 0);
    }
    Sememe tooFew =
        Sememe.run(
            "diffusion",
            "evaluate",
            "--pictures",
            folder,
            "--side",
            4,
            "--teacher",
            run,
            "--judge",
            folder.resolve("judge"),
            "--judge-steps",
            20,
            "--count",
            5000);
    assertThat(tooFew.exitCode()).isEqualTo(1);
    assertThat(tooFew.err()).contains("only 120").doesNotContain("Exception");

    Path table = folder.resolve("ablation");
    Object[] ablate = {
      "diffusion",
      "ablate",
      "--pictures",
      folder,
      "--side",
      4,
      "--teacher",
      run,
      "--features",
      features,
      "--judge",
      folder.resolve("judge"),
      "--judge-steps",
      20,
      "--count",
      100,
      "--steps",
      1,
      "--batch",
      4,
      "--head-channels",
      4,
      "--rows",
      "usual,features,loss",
      "--seeds",
      2,
      "--out",
      table
    };
    JsonNode rows = Sememe.json(ablate).get("rows");
    assertThat(rows.findValuesAsText("setting"))
        .containsExactly(
            "usual",
            "untrained",
            "teacher",
            "adversarial",
            "distillation",
            "usual",
            "untrained",
            "teacher",
            "adversarial",
            "distillation");
    List<String> lines = Files.readAllLines(table.resolve("ablation.csv"));
    assertThat(lines).hasSize(11);
    assertThat(lines.getFirst())
        .startsWith("study,setting,seed,training_steps,pictures,steps,fid,");
    // What is measured is not measured again; what is gone is.
    Path measured0 = table.resolve("usual-seed0/quality.json");
    Files.writeString(
        measured0, Files.readString(measured0).replaceFirst("\"fid\":[^,]*", "\"fid\":77"));
    Files.delete(table.resolve("loss-adversarial-seed1/quality.json"));
    JsonNode again = Sememe.json(ablate).get("rows");
    assertThat(again.get(0).get("fid").asDouble()).isEqualTo(77);
    assertThat(again.get(6).get("fid")).isEqualTo(rows.get(6).get("fid"));
    theStudioDraws(student);
  }

  /** What the page is given: the networks of a run, what they draw, and what is known of them. */
  private void theStudioDraws(Path student) throws IOException {
    Path out = folder.resolve("drawn.png");
    try (DrawingRuns runs =
        DrawingRuns.of(
            student, Optional.empty(), Optional.empty(), Optional.empty(), QuietOpener.opener())) {
      assertThat(runs.networks().stream().map(PictureSource.Network::run).toList())
          .containsExactly("run", "student");
      assertThat(runs.networks().getLast().steps()).containsExactly(1, 2, 4);
      assertThat(runs.networks().getFirst().steps()).hasSize(50);
      for (PictureSource.Network network : runs.networks()) {
        assertThat(network.none()).hasValue(3);
        Path own = folder.resolve(network.run());
        Sememe.json(
            "diffusion", "sample", own, "--class", 2, "--steps", 2, "--seed", 5, "--out", out);
        PictureSource.Drawn drawn = drawn(runs, network, Optional.empty());
        assertThat(drawn.count()).isEqualTo(2);
        assertThat(Arrays.copyOf(Base64.getDecoder().decode(drawn.pictures().values()), 16))
            .as("the first is what sample draws of that seed")
            .isEqualTo(grey(ImageIO.read(out.toFile())));
        for (String sampler : network.samplers()) {
          PictureSource.Drawn other = drawn(runs, network, Optional.of(sampler));
          assertThat(other.pictures().values().equals(drawn.pictures().values()))
              .as(sampler)
              .isEqualTo(sampler.equals(network.samplers().getFirst()));
        }
      }
      assertThatThrownBy(() -> drawn(runs, runs.networks().getLast(), Optional.of("euler")))
          .hasMessageContaining("is drawn with [lcm]");
      assertThat(runs.evaluation().orElseThrow().at("/rows/0/name").asText()).isEqualTo("real");
      assertThat(runs.ablation()).hasSize(10);
      assertThat(runs.ablation().getFirst()).containsEntry("pictures", "100");
      assertThat(runs.trainings().stream().map(PictureSource.Training::name).toList())
          .containsExactly("teacher", "student", "features");
      assertThat(runs.sheet("student", 3).orElseThrow().width()).isEqualTo(10 * 4);
      assertThat(runs.sheet("student", 4)).isEmpty();
    }
    Sememe missing = Sememe.run("diffusion", "studio", folder.resolve("nothing"));
    assertThat(missing.exitCode()).isEqualTo(1);
    assertThat(missing.err()).contains("no run of sememe diffusion").doesNotContain("\tat ");
  }

  private static PictureSource.Drawn drawn(
      DrawingRuns runs, PictureSource.Network network, Optional<String> sampler) {
    return runs.draw(
        new PictureSource.Request(
            network.name(),
            List.of(
                new PictureSource.Wanted(
                    OptionalInt.of(2),
                    Optional.empty(),
                    5,
                    OptionalLong.empty(),
                    OptionalDouble.empty()),
                new PictureSource.Wanted(
                    OptionalInt.of(1),
                    Optional.empty(),
                    6,
                    OptionalLong.of(7),
                    OptionalDouble.of(0.5))),
            2,
            sampler,
            OptionalDouble.empty(),
            Optional.empty(),
            OptionalInt.empty()));
  }

  private static byte[] grey(BufferedImage image) {
    byte[] values = new byte[image.getWidth() * image.getHeight()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (byte) image.getRGB(i % image.getWidth(), i / image.getWidth());
    }
    return values;
  }

  /** A signal to end leaves a checkpoint, and no crash of native code. */
  @Test
  void aSignalLeavesACheckpoint() throws Exception {
    TinyPictures.write(folder, "train", 12);
    Path run = folder.resolve("run");
    List<String> line = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java"));
    line.addAll(
        List.of("--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"));
    line.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    line.addAll(List.of("diffusion", "train", "--pictures", folder.toString(), "--side", "4"));
    line.addAll(List.of("--channels", "4", "--batch", "2", "--steps", "1000000"));
    line.addAll(List.of("--threads", "1", "--out", run.toString()));
    Path err = folder.resolve("err.txt");
    Process process = new ProcessBuilder(line).redirectError(err.toFile()).start();
    try {
      Path metrics = run.resolve("metrics.jsonl");
      while (process.isAlive() && (!Files.exists(metrics) || Files.size(metrics) == 0)) {
        Thread.sleep(50);
      }
      process.destroy();
      assertThat(process.waitFor()).as(Files.readString(err)).isEqualTo(128 + 15);
    } finally {
      process.destroyForcibly();
    }
    assertThat(Files.readString(err)).contains("stopped").doesNotContain("SIGSEGV");
    assertThat(run.resolve("checkpoint.safetensors")).exists();
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
