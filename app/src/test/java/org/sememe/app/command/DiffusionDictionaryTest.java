package org.sememe.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A dictionary of a picture network: rows of its modules, training, features as pictures. */
class DiffusionDictionaryTest {
  private static final int PICTURES = 70; // more than are drawn at once
  private static final int LATENTS = 16;
  private static final int K = 2;

  @TempDir private Path folder;

  private Path network() throws IOException {
    TinyPictures.write(folder, "train", 120);
    Path run = folder.resolve("run");
    Sememe.json(
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
        run);
    return run;
  }

  @Test
  void rowsOfAModuleAreTrainedOnAndShown() throws IOException {
    Path run = network();
    Path store = folder.resolve("store");
    Object[] harvest = {
      "diffusion", "harvest", run, "--hooks", "mid_block", "--count", PICTURES, "--out", store
    };

    JsonNode kept = Sememe.json(harvest);
    assertThat(kept.get("pictures").asInt()).isEqualTo(PICTURES);
    assertThat(kept.get("rows").asInt()).isEqualTo(PICTURES * 2 * 2);
    assertThat(kept.get("reused").asBoolean()).isFalse();
    assertThat(Sememe.json(harvest).get("reused").asBoolean()).isTrue();

    Path parts = folder.resolve("parts");
    JsonNode trained =
        Sememe.json(
            "train",
            "--store",
            store,
            "--latents",
            LATENTS,
            "--k",
            K,
            "--set",
            "batch=64",
            "--set",
            "architecture=topk",
            "--tokens",
            6400,
            "--out",
            parts);
    assertThat(trained.get("fve").asDouble()).isGreaterThan(0.3);
    assertThat(trained.has("ce_clean")).as("what only a language model has").isFalse();

    Sememe indexed = Sememe.run("index", parts);
    assertThat(indexed.exitCode()).isEqualTo(1);
    assertThat(indexed.err()).contains("rows come from no text", "sememe diffusion show");

    Path page = folder.resolve("page.html");
    String all =
        IntStream.range(0, LATENTS).mapToObj(Integer::toString).collect(Collectors.joining(","));
    JsonNode shown =
        Sememe.json(
            "diffusion",
            "show",
            run,
            "--dictionary",
            parts,
            "--features",
            all,
            "--count",
            PICTURES,
            "--seed",
            0,
            "--out",
            page);
    double active = 0;
    for (JsonNode feature : shown.get("features")) {
      active += feature.get("density").asDouble();
      double shares = 0;
      for (JsonNode share : feature.get("classes")) {
        shares += share.asDouble();
      }
      boolean fires = feature.get("max_activation").asDouble() > 0;
      assertThat(shares).isCloseTo(fires ? 1 : 0, within(1e-6));
      assertThat(feature.get("edited_pictures").asInt()).isBetween(0, 64);
    }
    assertThat(active).as("latents active at a position").isGreaterThan(0).isLessThanOrEqualTo(K);
    assertThat(Files.readString(page))
        .contains("data:image/png;base64,", "Feature 0<")
        .doesNotContain("<script");
  }

  @Test
  void whatDoesNotFitIsSaidInALine() throws IOException {
    Path run = network();
    Path store = folder.resolve("store");
    Sememe unknown =
        Sememe.run("diffusion", "harvest", run, "--hooks", "mid", "--count", 2, "--out", store);
    assertThat(unknown.exitCode()).isEqualTo(2);
    assertThat(unknown.err()).contains("no module \"mid\"", "mid_block").doesNotContain("\tat ");
    Sememe sizes =
        Sememe.run(
            "diffusion",
            "harvest",
            run,
            "--hooks",
            "mid_block,conv_in",
            "--count",
            2,
            "--out",
            store);
    assertThat(sizes.exitCode()).isEqualTo(2);
    assertThat(sizes.err()).contains("maps of 2 x 2 and conv_in of 4 x 4");
  }
}
