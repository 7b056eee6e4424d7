package org.sememe.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

class BenchPlantedCommandTest {
  private static final Object[] TINY = {
    "bench",
    "planted",
    "--d",
    24,
    "--features",
    16,
    "--true-l0",
    2,
    "--tokens",
    40_000,
    "--batch",
    128,
    "--eval-rows",
    2_000,
    "--threads",
    2
  };

  private static Object[] tiny(Object... more) {
    Object[] all = Arrays.copyOf(TINY, TINY.length + more.length);
    System.arraycopy(more, 0, all, TINY.length, more.length);
    return all;
  }

  @Test
  void everySettingWithEveryContender() throws IOException {
    JsonNode json =
        Sememe.json(tiny("--seeds", 2, "--architectures", "topk,batchtopk+matryoshka=1/4,3/4+k=3"));
    assertThat(json.path("threads").asInt()).isEqualTo(2);
    assertThat(json.path("repetitions").asInt()).isEqualTo(2);
    assertThat(json.path("total_s").asDouble()).isPositive();
    assertThat(json.path("cpu").asText()).isNotEmpty();
    assertThat(texts(json.path("settings"), "setting"))
        .containsExactly("uncorrelated", "correlated", "hierarchical");
    for (JsonNode setting : json.path("settings")) {
      assertThat(texts(setting.path("contenders"), "contender"))
          .containsExactly("topk", "batchtopk+matryoshka=1/4,3/4+k=3");
      JsonNode nested = setting.path("contenders").path(1).path("options");
      assertThat(nested.path("architecture").asText()).isEqualTo("batchtopk");
      assertThat(nested.path("k").asInt()).isEqualTo(3);
      assertThat(nested.path("matryoshka").asText()).isEqualTo("0.25,0.75");
      for (JsonNode contender : setting.path("contenders")) {
        check(contender, setting.path("setting").asText().equals("hierarchical"));
      }
    }
  }

  /** Three seeds; the uncorrelated setting at a size that takes seconds. */
  @Test
  void whatWasPlantedIsFound() throws IOException {
    JsonNode json =
        Sememe.json(
            "bench",
            "planted",
            "--d",
            48,
            "--features",
            64,
            "--true-l0",
            2,
            "--tokens",
            "150k",
            "--batch",
            256,
            "--eval-rows",
            4_000,
            "--setting",
            "uncorrelated",
            "--k",
            2,
            "--seeds",
            3,
            "--architectures",
            "topk,batchtopk",
            "--threads",
            2);
    for (JsonNode contender : json.path("settings").path(0).path("contenders")) {
      assertThat(contender.path("by_seed")).hasSize(3);
      for (JsonNode seed : contender.path("by_seed")) {
        assertThat(seed.path("mmcs").asDouble()).isGreaterThan(0.95);
      }
    }
  }

  @Test
  void aRecipeIsAContender() throws IOException {
    String recipe = "recipe=deepmind-gated+penalty-weight=0.3";
    JsonNode json =
        Sememe.json(
            tiny("--seeds", 2, "--setting", "uncorrelated", "--architectures", "topk," + recipe));
    JsonNode contender = json.path("settings").path(0).path("contenders").path(1);
    assertThat(contender.path("contender").asText()).isEqualTo(recipe);
    assertThat(contender.path("options").path("recipe").asText()).isEqualTo("deepmind-gated");
    assertThat(contender.path("options").path("architecture").asText()).isEqualTo("gated");
    assertThat(contender.path("options").path("penalty-weight").asDouble()).isEqualTo(0.3);
    check(contender, false);
  }

  private static void check(JsonNode contender, boolean parents) {
    JsonNode seeds = contender.path("by_seed");
    assertThat(seeds).hasSize(2);
    assertThat(seeds.path(0).path("seed").asInt()).isZero();
    assertThat(seeds.path(1).path("seed").asInt()).isEqualTo(1);
    double first = seeds.path(0).path("mmcs").asDouble();
    double second = seeds.path(1).path("mmcs").asDouble();
    assertThat(first).isNotEqualTo(second);
    assertThat(contender.path("mean").path("mmcs").asDouble())
        .isCloseTo((first + second) / 2, org.assertj.core.api.Assertions.within(1e-12));
    assertThat(contender.path("deviation").path("mmcs").asDouble())
        .isCloseTo(
            Math.abs(first - second) / Math.sqrt(2), org.assertj.core.api.Assertions.within(1e-12));
    for (JsonNode seed : seeds) {
      assertThat(seed.path("eval_rows").asInt()).isEqualTo(2_000);
      assertThat(seed.path("features").asInt()).isEqualTo(16);
      assertThat(seed.path("latents").asInt()).isEqualTo(16);
      assertThat(seed.path("mmcs").asDouble()).isGreaterThan(seed.path("mmcs_chance").asDouble());
      assertThat(seed.path("f1").asDouble()).isGreaterThan(seed.path("f1_chance").asDouble());
      assertThat(seed.has("absorption_rate")).isEqualTo(parents);
      assertThat(seed.has("parents_recovered_share")).isEqualTo(parents);
    }
  }

  private static List<String> texts(JsonNode list, String field) {
    return StreamSupport.stream(list.spliterator(), false)
        .map(each -> each.path(field).asText())
        .toList();
  }

  @Test
  void theSameSeedGivesTheSameScores() throws IOException {
    Object[] arguments =
        tiny(
            "--setting",
            "uncorrelated",
            "--exponent",
            0.5,
            "--architectures",
            "topk",
            "--seeds",
            1);
    assertThat(Sememe.json(arguments).path("settings"))
        .isEqualTo(Sememe.json(arguments).path("settings"));
  }

  @Test
  void theTableNamesSampleSizesAndChance() {
    Sememe run =
        Sememe.run(tiny("--setting", "hierarchical", "--architectures", "topk", "--seeds", 1));
    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .contains("16 features in 24 dimensions", "2,000 to measure on", "topk", "chance")
        .contains("parents found", "absorbed");
  }

  @Test
  void whatCannotBeIsWrongUsage() {
    wrong("unknown option 'nonsense'", "--architectures", "topk+nonsense=1");
    wrong("architecture=nonsense", "--architectures", "nonsense");
    wrong("holds one twice", "--architectures", "topk,topk");
    wrong("must be ARCHITECTURE", "--architectures", "topk+k");
    wrong("batch and seed must be the same", "--architectures", "topk,topk+batch=64");
    wrong("k must be from 1", "--k", 17);
    wrong("at least 1 contender", "--seeds", 0);
  }

  private static void wrong(String message, Object... more) {
    Sememe run = Sememe.run(tiny(more));
    assertThat(run.exitCode()).as(run.toString()).isEqualTo(2);
    assertThat(run.errLines().getFirst()).contains(message);
  }
}
