package org.sememe.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.app.inputs.DictionaryFolder;
import org.sememe.app.inputs.QuietOpener;
import org.sememe.app.pictures.DrawingRuns;
import org.sememe.app.studio.PictureSource;
import org.sememe.sae.dictionary.Dictionary;

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
    whatIsPaintedIsThere(run, parts);
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

  /** What the page is given: features, where one is active, and pictures in which it is painted. */
  private static void whatIsPaintedIsThere(Path run, Path parts) throws IOException {
    try (Dictionary dictionary = DictionaryFolder.of(parts.toString()).open(1);
        DrawingRuns runs =
            DrawingRuns.of(
                run,
                Optional.empty(),
                Optional.empty(),
                Optional.of(dictionary),
                QuietOpener.opener())) {
      PictureSource.Features features = runs.features().orElseThrow();
      assertThat(features.network()).isEqualTo("teacher");
      assertThat(features.hook()).isEqualTo("mid_block");
      assertThat(features.height() * features.width()).isEqualTo(4);
      int latent = 3;
      PictureSource.Drawn plain = drawn(runs, Optional.empty(), latent);
      List<Double> active = plain.activations().orElseThrow();
      assertThat(active).hasSize(4).allSatisfy(value -> assertThat(value).isNotNegative());
      // Off where it is 0 already, or nowhere: the same picture. On and strong: another.
      List<Integer> silent =
          IntStream.range(0, 4).filter(place -> active.get(place) == 0).boxed().toList();
      assertThat(drawn(runs, touch(latent, List.of(), silent), latent).pictures())
          .isEqualTo(plain.pictures());
      assertThat(drawn(runs, touch(latent, List.of(), List.of()), latent).pictures())
          .isEqualTo(plain.pictures());
      assertThat(drawn(runs, touch(latent, List.of(0, 1, 2, 3), List.of()), latent).pictures())
          .isNotEqualTo(plain.pictures());
      assertThatThrownBy(() -> drawn(runs, touch(latent, List.of(4), List.of()), latent))
          .hasMessageContaining("place 4: there are 0 to 3");
      assertThatThrownBy(() -> drawn(runs, Optional.empty(), LATENTS))
          .hasMessageContaining("there are 0 to " + (LATENTS - 1));
    }
  }

  private static Optional<List<PictureSource.Touch>> touch(
      int latent, List<Integer> on, List<Integer> off) {
    return Optional.of(List.of(new PictureSource.Touch(latent, on, off, OptionalDouble.of(100))));
  }

  private static PictureSource.Drawn drawn(
      DrawingRuns runs, Optional<List<PictureSource.Touch>> touches, int watch) {
    return runs.draw(
        new PictureSource.Request(
            "teacher",
            List.of(
                new PictureSource.Wanted(
                    OptionalInt.of(1),
                    Optional.empty(),
                    0,
                    OptionalLong.empty(),
                    OptionalDouble.empty())),
            1,
            Optional.empty(),
            OptionalDouble.empty(),
            touches,
            OptionalInt.of(watch)));
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
