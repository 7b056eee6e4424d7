package org.sememe.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.models.testing.TinyModel;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.Sha256;
import org.sememe.tensors.Torch;

/** Sweeps of small dictionaries on a tiny random model. */
class SweepCommandTest {
  private static final String HOOK = "blocks.1.hook_resid_post";

  @TempDir private static Path folder;
  private static Path model;
  private static Path text;
  private static Path store;

  @BeforeAll
  static void write() throws IOException {
    Torch.start(2);
    model = TinyModel.write(folder.resolve("tiny-model"), 5);
    RandomStream random = RandomStream.of(8);
    StringBuilder lines = new StringBuilder();
    for (int document = 0; document < 120; document++) {
      lines.append("{\"text\": \"");
      for (int left = 20 + random.nextInt(150); left > 0; left--) {
        lines.append(random.nextInt(6) == 0 ? ' ' : (char) ('a' + random.nextInt(26)));
      }
      lines.append("\"}\n");
    }
    text = Files.writeString(folder.resolve("text.jsonl"), lines);
    store = folder.resolve("store");
    Sememe.json(
        "harvest", model, "--text", text, "--hooks", HOOK, "--context-length", 32, "--out", store);
  }

  private static final List<Object> SMALL =
      List.of(
          "--latents",
          64,
          "--batch",
          128,
          "--tokens",
          8000,
          "--set",
          "lr=0.003",
          "--set",
          "sample-rows=512",
          "--checkpoint-every",
          20);

  private static Object[] words(Object... parts) {
    return Stream.of(parts)
        .flatMap(part -> part instanceof List<?> list ? list.stream() : Stream.of(part))
        .toArray();
  }

  private static Map<String, String> weights(JsonNode result) throws IOException {
    Map<String, String> weights = new LinkedHashMap<>();
    for (JsonNode member : result.path("members")) {
      String name = member.path("name").asText();
      weights.put(name, weights(Path.of(result.path("out").asText()).resolve(name)));
    }
    return weights;
  }

  private static String weights(Path run) throws IOException {
    return Sha256.of(run.resolve("sae").resolve(HOOK).resolve("sae_weights.safetensors"));
  }

  private static void delete(Path path) throws IOException {
    try (Stream<Path> below = Files.walk(path)) {
      for (Path each : below.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  @Test
  void fromAStoreToAComparisonOfOrdinaryRuns() throws IOException {
    Path out = folder.resolve("sweep");
    JsonNode swept =
        Sememe.json(
            words(
                "sweep",
                "--store",
                store,
                "--grid",
                "architecture=topk,batchtopk",
                "--grid",
                "k=2,6",
                "--seeds",
                2,
                SMALL,
                "--out",
                out));
    assertThat(swept.path("members")).hasSize(8);
    assertThat(swept.path("recipes")).hasSize(4);
    assertThat(weights(swept).values()).doesNotHaveDuplicates();
    for (JsonNode member : swept.path("members")) {
      assertThat(member.path("scores").path("fvu").asDouble()).isBetween(0.0, 1.0);
      assertThat(member.path("scores").path("ce_recovered").isNumber()).isTrue();
      assertThat(member.path("scores").path("rows").asLong()).isPositive();
    }
    assertThat(Files.readAllLines(out.resolve("pareto.csv"))).hasSize(9);
    assertThat(out.resolve("pareto.svg")).isRegularFile();

    Path alone = folder.resolve("alone");
    JsonNode trained =
        Sememe.json(
            words(
                "train",
                "--store",
                store,
                "--set",
                "architecture=topk",
                "--k",
                6,
                SMALL,
                "--out",
                alone));
    String same = "architecture-topk_k-6_seed-0";
    assertThat(weights(swept).get(same)).isEqualTo(weights(alone));
    Path second = folder.resolve("second");
    Sememe.json(
        words(
            "train",
            "--store",
            store,
            "--set",
            "architecture=topk",
            "--k",
            6,
            SMALL,
            "--seed",
            1,
            "--row-seed",
            0,
            "--out",
            second));
    assertThat(weights(swept).get("architecture-topk_k-6_seed-1")).isEqualTo(weights(second));
    JsonNode scores = swept.path("members").get(2).path("scores");
    assertThat(swept.path("members").get(2).path("name").asText()).isEqualTo(same);
    assertThat(scores.path("fvu").asDouble()).isEqualTo(trained.path("fvu").asDouble());
    assertThat(scores.path("l0").asDouble()).isEqualTo(trained.path("l0").asDouble());
    assertThat(scores.path("ce_recovered").asDouble())
        .isEqualTo(trained.path("ce_recovered").asDouble());
    Sememe.json("index", out.resolve(same));

    delete(out.resolve(same));
    delete(out.resolve("architecture-topk_k-2_seed-1").resolve("sae"));
    JsonNode again = Sememe.json("sweep", "--resume", out);
    assertThat(weights(again)).isEqualTo(weights(swept));
    assertThat(again.path("recipes")).isEqualTo(swept.path("recipes"));

    String other = "architecture-batchtopk_k-6_seed-1";
    delete(out.resolve(other).resolve("sae"));
    delete(out.resolve(other).resolve("checkpoints"));
    Sememe.json("resume", out.resolve(other));
    assertThat(weights(out.resolve(other))).isEqualTo(weights(swept).get(other));
  }

  @Test
  void straightFromAModel() throws IOException {
    Path out = folder.resolve("streamed");
    JsonNode swept =
        Sememe.json(
            words(
                "sweep",
                model,
                "--text",
                text,
                "--hook",
                HOOK,
                "--context-length",
                32,
                "--pool",
                32,
                "--member",
                "k=4",
                "--member",
                "k=8,latents=48",
                SMALL,
                "--eval-rows",
                77,
                "--out",
                out));
    assertThat(swept.path("members").findValuesAsText("name"))
        .containsExactly("k-4", "k-8_latents-48");
    assertThat(rowsMeasured(swept)).isEqualTo(77);
    assertThat(rowsMeasured(Sememe.json("sweep", "--resume", out, "--eval-rows", 55)))
        .isEqualTo(55);
    assertThat(rowsMeasured(Sememe.json("sweep", "--resume", out))).isEqualTo(77);
    JsonNode measured = Sememe.json("eval", out.resolve("k-4"), "--eval-rows", 77);
    assertThat(measured.path("fvu").asDouble())
        .isEqualTo(swept.path("members").get(0).path("scores").path("fvu").asDouble());
  }

  private static long rowsMeasured(JsonNode swept) {
    return swept.path("members").get(0).path("scores").path("rows").asLong();
  }

  @Test
  void wrongUseIsSaidInALine() {
    assertThat(Sememe.run("sweep", "--store", store, "--grid", "k=2,4").errLines().getFirst())
        .contains("--out and --tokens");
    assertThat(Sememe.run("sweep", "--resume", folder.resolve("none")).errLines())
        .singleElement()
        .asString()
        .contains("no sweep there");
    Sememe refused =
        Sememe.run(
            "sweep",
            "--store",
            store,
            "--tokens",
            1000,
            "--grid",
            "batch=64,128",
            "--out",
            folder.resolve("refused"));
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).contains("batch must be the same");
    assertThat(folder.resolve("refused")).doesNotExist();
  }
}
