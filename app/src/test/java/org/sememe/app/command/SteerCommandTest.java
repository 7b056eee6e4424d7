package org.sememe.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.analysis.steering.Steer;
import org.sememe.analysis.steering.Steering;
import org.sememe.analysis.steering.SteeringFile;
import org.sememe.analysis.steering.Where;

/** {@code sememe steer}, its file, and {@code sememe generate --steering}. */
class SteerCommandTest {
  @TempDir private static Path folder;
  private static TinyRun tiny;

  @BeforeAll
  static void build() throws IOException {
    tiny = TinyRun.in(folder);
  }

  @Test
  void itShowsBothTextsAndItsFileMeansTheSameElsewhere() throws IOException {
    Path file = folder.resolve("steering.json");
    JsonNode steered =
        Sememe.json(
            "steer",
            tiny.run(),
            "--prompt",
            "what do you see",
            "--feature",
            "3=9",
            "--feature",
            "5=2raw:add",
            "--seed",
            7,
            "--max-new-tokens",
            20,
            "--save",
            file);
    assertThat(steered.path("default_text").asText()).isNotEmpty();
    assertThat(steered.path("kl").asDouble()).isPositive();
    assertThat(steered.path("kl_tokens").asInt()).isEqualTo(steered.path("default_ids").size());
    assertThat(steered.path("changed_tokens").asInt())
        .isBetween(1, steered.path("steered_ids").size());
    JsonNode clamp = steered.path("steers").path(0);
    assertThat(clamp.path("times_max").asDouble()).isCloseTo(9, within(1e-9));
    double max = steered.path("steering").path("steers").path(0).path("max").asDouble();
    assertThat(clamp.path("raw").asDouble()).isCloseTo(9 * max, within(1e-9));

    Steering kept = SteeringFile.read(file);
    assertThat(kept.steers()).containsExactly(Steer.parse("3=9x"), Steer.parse("5=2raw:add"));
    assertThat(kept.hook()).isEqualTo(TinyRun.HOOK);
    JsonNode again =
        Sememe.json(
            "steer",
            "--steering",
            file,
            "--prompt",
            "what do you see",
            "--seed",
            7,
            "--max-new-tokens",
            20);
    assertThat(again.path("steered_ids")).isEqualTo(steered.path("steered_ids"));
    JsonNode generated =
        Sememe.json(
            "generate",
            tiny.model(),
            "--prompt",
            "what do you see",
            "--seed",
            7,
            "--max-new-tokens",
            20,
            "--steering",
            file);
    assertThat(generated.path("ids")).isEqualTo(steered.path("steered_ids"));
    JsonNode plain =
        Sememe.json(
            "generate",
            tiny.model(),
            "--prompt",
            "what do you see",
            "--seed",
            7,
            "--max-new-tokens",
            20);
    assertThat(plain.path("ids")).isEqualTo(steered.path("default_ids"));
  }

  @Test
  void aSteeringFileNeedsNoIndex() throws IOException {
    Path dictionary = tiny.run().resolve("sae").resolve(TinyRun.HOOK);
    Path alone = Files.createDirectories(folder.resolve("alone"));
    for (String name : new String[] {"cfg.json", "sae_weights.safetensors"}) {
      Files.copy(dictionary.resolve(name), alone.resolve(name));
    }
    Object[] asked = {
      "steer", alone, "--model", tiny.model(), "--prompt", "see", "--greedy", "--feature", "3=9"
    };
    Sememe unknown = Sememe.run(asked);
    assertThat(unknown.exitCode()).isEqualTo(1);
    assertThat(unknown.err()).contains("latent 3: its maximum is not known");
    Path file = folder.resolve("scaled.json");
    Sememe.json(
        "steer", tiny.run(), "--prompt", "see", "--greedy", "--feature", "3=9", "--save", file);
    JsonNode here = Sememe.json("steer", "--steering", file, "--prompt", "see", "--greedy");
    JsonNode there =
        Sememe.json(
            "steer",
            alone,
            "--model",
            tiny.model(),
            "--steering",
            file,
            "--prompt",
            "see",
            "--greedy");
    assertThat(there.path("steered_ids")).isEqualTo(here.path("steered_ids"));
  }

  @Test
  void whereItIsFeltIsChosen() throws IOException {
    JsonNode reply =
        Sememe.json(
            "steer",
            tiny.run(),
            "--prompt",
            "see",
            "--greedy",
            "--feature",
            "3=9",
            "--where",
            "reply");
    assertThat(reply.path("steered_ids").path(0)).isEqualTo(reply.path("default_ids").path(0));
    assertThat(reply.path("steering").path("where").asText()).isEqualTo(Where.REPLY.key());
  }

  @Test
  void wrongUseIsSaidInOneLine() {
    refused("--prompt TEXT is missing", "steer", tiny.run(), "--feature", "1=2");
    refused("either --features or --find", "steer", tiny.run(), "--measure");
    refused("17 prompts", "steer", tiny.run(), "--measure", "--features", "3", "--prompts", 17);
    refused("nothing to turn", "steer", tiny.run(), "--prompt", "a");
    refused("no dictionary", "steer", "--prompt", "a", "--feature", "1=2");
    refused("need LATENT=STRENGTH", "steer", tiny.run(), "--prompt", "a", "--feature", "one");
    refused(
        "where 'there'",
        "steer",
        tiny.run(),
        "--prompt",
        "a",
        "--feature",
        "1=2",
        "--where",
        "there");
    refused(
        "steered twice",
        "steer",
        tiny.run(),
        "--prompt",
        "a",
        "--feature",
        "1=2",
        "--feature",
        "1=3");
    refused(
        "--dictionary is of use", "generate", tiny.model(), "--prompt", "a", "--dictionary", "d");
    Sememe many = Sememe.run("steer", tiny.run(), "--prompt", "a", "--feature", "99=2raw");
    assertThat(many.exitCode()).isEqualTo(1);
    assertThat(many.err()).contains("there is no latent 99");
  }

  private static void refused(String line, Object... arguments) {
    Sememe ran = Sememe.run(arguments);
    assertThat(ran.exitCode()).as(ran.err()).isEqualTo(2);
    assertThat(ran.err()).contains(line);
  }

  @Test
  void theSameIsPrintedForPeople() {
    Sememe ran =
        Sememe.run(
            "steer",
            tiny.run(),
            "--prompt",
            "what",
            "--greedy",
            "--feature",
            "3=9",
            "--max-new-tokens",
            12);
    assertThat(ran.exitCode()).isZero();
    assertThat(ran.out())
        .contains(
            "latent 3: clamp", "9.00 x maximum", "DEFAULT", "STEERED", "KL ", "over the 12 tokens");
  }

  @Test
  void aFeatureThatFiresOnNoWordsCannotBeMeasured() {
    // The tiny tokenizer has a token a letter; what is measured is tested beside the measure.
    Sememe ran = Sememe.run("steer", tiny.run(), "--measure", "--features", "3", "--prompts", 2);
    assertThat(ran.exitCode()).isEqualTo(1);
    assertThat(ran.err()).contains("latent 3: it fires on no words");
  }
}
