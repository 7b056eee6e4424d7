package org.sememe.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.models.testing.TinyModel;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.Torch;

/** A small grid on a tiny random model, from its rows to its page. */
class ScaleCommandTest {
  private static final String HOOK = "blocks.1.hook_resid_post";

  @TempDir private static Path folder;
  private static Path store;

  @BeforeAll
  static void harvest() throws IOException {
    Torch.start(2);
    Path model = TinyModel.write(folder.resolve("tiny-model"), 5);
    RandomStream random = RandomStream.of(8);
    StringBuilder lines = new StringBuilder();
    for (int document = 0; document < 120; document++) {
      lines.append("{\"text\": \"");
      for (int left = 20 + random.nextInt(150); left > 0; left--) {
        lines.append(random.nextInt(6) == 0 ? ' ' : (char) ('a' + random.nextInt(26)));
      }
      lines.append("\"}\n");
    }
    Path text = Files.writeString(folder.resolve("text.jsonl"), lines);
    store = folder.resolve("store");
    Sememe.json(
        "harvest", model, "--text", text, "--hooks", HOOK, "--context-length", 32, "--out", store);
  }

  @Test
  void aGridIsTrainedFittedAndFittedAgain() throws IOException {
    Path out = folder.resolve("scale");
    JsonNode first =
        Sememe.json(
            "scale",
            "--store",
            store,
            "--latents",
            "16,32,64,128",
            "--k",
            "2,4",
            "--tokens",
            "2k,6k",
            "--batch",
            128,
            "--set",
            "sample-rows=512",
            "--eval-contexts",
            0,
            "--out",
            out);

    assertThat(first.get("points")).hasSize(16);
    int width = Sememe.json("store", "info", store).get("hooks").get(HOOK).asInt();
    for (JsonNode point : first.get("points")) {
      assertThat(point.get("flop").asDouble())
          .isEqualTo(12.0 * point.get("tokens").asLong() * point.get("latents").asLong() * width);
    }
    JsonNode law = first.get("size_law");
    assertThat(law.get("points").asInt()).isEqualTo(8);
    assertThat(law.get("error").asDouble()).isLessThan(0.2);
    for (JsonNode parameter : law.get("parameters")) {
      assertThat(parameter.get("interval").get(0).asDouble())
          .isLessThanOrEqualTo(parameter.get("interval").get(1).asDouble());
    }
    for (JsonNode envelope : first.get("envelopes")) {
      assertThat(envelope.get("points").size()).isPositive();
    }
    List<String> table = Files.readAllLines(out.resolve("scale.csv"));
    assertThat(table).hasSize(17);
    assertThat(table).allMatch(line -> line.split(",", -1).length == 8);
    String page = Files.readString(out.resolve("scale.html"));
    assertThat(page).contains("<svg", "gamma", "n = 16 dictionaries").doesNotContain("NaN");

    JsonNode again = Sememe.json("scale", "--resume", out);
    assertThat(again.get("size_law")).isEqualTo(law);
    assertThat(again.get("points")).isEqualTo(first.get("points"));
  }

  @Test
  void whatCannotBeScaledIsWrongUsage() {
    Sememe relu =
        Sememe.run(
            "scale",
            "--store",
            store,
            "--latents",
            "16,32",
            "--k",
            "2",
            "--tokens",
            "2k",
            "--set",
            "architecture=relu",
            "--out",
            folder.resolve("relu"));
    assertThat(relu.exitCode()).isEqualTo(2);
    assertThat(relu.err()).contains("architecture relu: a grid over k needs one that selects k");
    assertThat(Sememe.run("scale", "--store", store, "--out", folder.resolve("x")).exitCode())
        .isEqualTo(2);
  }
}
