package org.sememe.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.models.testing.SeededText;
import org.sememe.models.testing.TinyModel;
import org.sememe.models.text.Document;

/** Crosscoders of two models, by the commands. */
class TwoModelsTest {
  private static final String HOOK = "blocks.1.hook_resid_post";

  @TempDir private static Path folder;
  private static Path text;

  /** The first twice over, and another one. */
  private static String same;

  private static String other;

  @BeforeAll
  static void write() throws IOException {
    Path one = TinyModel.write(folder.resolve("one"), 5);
    Path again = TinyModel.write(folder.resolve("again"), 5);
    Path two = TinyModel.write(folder.resolve("two"), 6);
    same = one + "+" + again;
    other = one + "+" + two;
    text = Files.createDirectories(folder.resolve("text"));
    try (Stream<Document> documents = new SeededText(1, 60, 200).documents()) {
      for (Document document : documents.toList()) {
        Files.writeString(text.resolve(document.name() + ".txt"), document.text());
      }
    }
  }

  private static List<Object> arguments(String name, Object... more) {
    List<Object> all = new ArrayList<>(List.of("train", "--latents", 64, "--k", 6, "--batch", 128));
    all.addAll(List.of("--tokens", "20k", "--set", "lr=0.003", "--set", "sample-rows=512"));
    all.addAll(List.of("--out", folder.resolve(name)));
    all.addAll(List.of(more));
    return all;
  }

  private static JsonNode train(String name, Object... more) throws IOException {
    return Sememe.json(arguments(name, more).toArray());
  }

  /** Rows of both are of the same tokens: the same model twice gives every latent half of each. */
  @Test
  void theSameModelTwiceSharesEveryLatent() throws IOException {
    Path store = folder.resolve("store");
    JsonNode harvested =
        Sememe.json(
            "harvest",
            same,
            "--text",
            text,
            "--hooks",
            HOOK,
            "--context-length",
            32,
            "--out",
            store);
    assertThat(harvested.path("rows").asLong()).isPositive();
    JsonNode trained = train("same", "--store", store, "--hook", HOOK);
    assertThat(trained.path("hook").asText()).isEqualTo(HOOK + "@1," + HOOK + "@2");
    JsonNode shares = trained.path("decoder_share_by_hook");
    for (String hook : List.of(HOOK + "@1", HOOK + "@2")) {
      assertThat(shares.path(hook).path("mean").asDouble()).isCloseTo(0.5, within(0.02));
      assertThat(shares.path(hook).path("mostly").asLong()).isZero();
    }
    double first = trained.path("fvu_by_hook").path(HOOK + "@1").asDouble();
    assertThat(first).isBetween(0.0, 0.8);
    assertThat(trained.path("fvu_by_hook").path(HOOK + "@2").asDouble())
        .isCloseTo(first, within(0.05));
    assertThat(Sememe.run("eval", folder.resolve("same")).out().lines())
        .anyMatch(line -> line.startsWith("decoder's share at " + HOOK + "@2"));
  }

  @Test
  void straightFromTwoModelsAndResumed() throws IOException {
    JsonNode trained =
        train(
            "other",
            other,
            "--text",
            text,
            "--hook",
            HOOK,
            "--context-length",
            32,
            "--checkpoint-every",
            40);
    assertThat(trained.path("fvu_by_hook").size()).isEqualTo(2);
    assertThat(trained.has("ce_recovered")).isFalse();
    JsonNode shares = trained.path("decoder_share_by_hook");
    assertThat(shares.path(HOOK + "@1").path("mean").asDouble()).isBetween(0.2, 0.8);
    BeyondPlainTest.checkResume(folder.resolve("other"));
    JsonNode info = Sememe.json("info", folder.resolve("other"));
    assertThat(info.path("kind").asText()).isEqualTo("crosscoder");
  }

  /** From the one model's rows those of the other. */
  @Test
  void aTranscoderFromOneModelToTheOther() throws IOException {
    JsonNode trained =
        train(
            "across",
            same,
            "--text",
            text,
            "--hook",
            HOOK + "@1",
            "--target",
            HOOK + "@2",
            "--context-length",
            32,
            "--eval-contexts",
            0);
    assertThat(trained.path("hook_out").asText()).isEqualTo(HOOK + "@2");
    assertThat(trained.path("fvu").asDouble()).isBetween(0.0, 0.8);
  }

  @Test
  void modelsThatDoNotGoTogetherAreRefusedInALine() throws IOException {
    Path strange = TinyModel.write(folder.resolve("strange"), 7);
    Path file = strange.resolve("tokenizer.json");
    Files.writeString(
        file,
        Files.readString(file).replace("\"a\": 1", "\"a\": 2").replace("\"b\": 2", "\"b\": 1"));
    Sememe run =
        Sememe.run(
            arguments(
                    "refused",
                    folder.resolve("one") + "+" + strange,
                    "--text",
                    text,
                    "--hook",
                    HOOK)
                .toArray());
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.errLines())
        .singleElement()
        .asString()
        .contains("the tokenizers of")
        .contains("token 1 is 'a' and 'b'")
        .contains("must share one");
    assertThat(folder.resolve("refused")).doesNotExist();
    Sememe ends =
        Sememe.run(
            arguments("refused", other, "--text", text, "--hook", HOOK, "--set", "end-to-end=kl")
                .toArray());
    assertThat(ends.exitCode()).isEqualTo(2);
  }
}
