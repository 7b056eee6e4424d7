package org.sememe.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.models.testing.SeededText;
import org.sememe.models.testing.TinyModel;
import org.sememe.models.text.Document;
import org.sememe.tensors.Sha256;
import org.sememe.tensors.Torch;
import org.sememe.training.TrainingRun;

/** A dictionary of each of several hook points, by the commands. */
class ManyHooksCommandTest {
  @TempDir private static Path folder;
  private static Path model;
  private static Path text;
  private static Path store;

  @BeforeAll
  static void write() throws IOException {
    Torch.start(2);
    model = TinyModel.write(folder.resolve("model"), 5);
    text = Files.createDirectories(folder.resolve("text"));
    try (Stream<Document> documents = new SeededText(1, 60, 200).documents()) {
      for (Document document : documents.toList()) {
        Files.writeString(text.resolve(document.name() + ".txt"), document.text());
      }
    }
    store = folder.resolve("store");
    Sememe.json(
        words(
            "harvest",
            model,
            "--text",
            text,
            "--hooks",
            "blocks.*.hook_mlp_out,blocks.*.ln2.hook_normalized",
            "--context-length",
            32,
            "--out",
            store));
  }

  private static final List<Object> SMALL =
      List.of(
          "--latents",
          48,
          "--k",
          4,
          "--batch",
          128,
          "--tokens",
          6000,
          "--set",
          "lr=0.003",
          "--set",
          "sample-rows=256");

  private static final List<Object> STREAM = List.of("--context-length", 32, "--pool", 16);

  private static Object[] words(Object... parts) {
    return Stream.of(parts)
        .flatMap(part -> part instanceof List<?> list ? list.stream() : Stream.of(part))
        .toArray();
  }

  private static String weights(Path run) throws IOException {
    return Sha256.of(TrainingRun.open(run).dictionary().resolve("sae_weights.safetensors"));
  }

  private static void delete(Path path) throws IOException {
    try (Stream<Path> below = Files.walk(path)) {
      for (Path each : below.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  private static List<String> names(JsonNode many) {
    return many.path("members").findValuesAsText("name");
  }

  @Test
  void oneOfEachLayerOnOnePassIsWhatEachIsAlone() throws IOException {
    Path out = folder.resolve("layers");
    JsonNode many =
        Sememe.json(
            words(
                "train",
                model,
                "--text",
                text,
                STREAM,
                "--hooks",
                "blocks.*.hook_mlp_out",
                SMALL,
                "--out",
                out));
    assertThat(names(many))
        .containsExactly("blocks.0.hook_mlp_out", "blocks.1.hook_mlp_out", "blocks.2.hook_mlp_out");
    for (JsonNode member : many.path("members")) {
      String name = member.path("name").asText();
      assertThat(member.path("scores").path("fvu").asDouble()).isBetween(0.0, 1.0);
      assertThat(member.path("scores").path("ce_recovered").isNumber()).isTrue();
      Path alone = folder.resolve("alone-" + name);
      Sememe.json(
          words("train", model, "--text", text, STREAM, "--hook", name, SMALL, "--out", alone));
      assertThat(weights(out.resolve(name))).isEqualTo(weights(alone));
      JsonNode again = Sememe.json("eval", out.resolve(name));
      assertThat(again.path("fvu")).isEqualTo(member.path("scores").path("fvu"));
    }

    String middle = "blocks.1.hook_mlp_out";
    String before = weights(out.resolve(middle));
    for (String gone : List.of("sae", "checkpoints")) {
      delete(out.resolve(middle).resolve(gone));
    }
    JsonNode resumed = Sememe.json("resume", out);
    assertThat(weights(out.resolve(middle))).isEqualTo(before);
    assertThat(names(resumed)).isEqualTo(names(many));
  }

  /** Two processes, one with a layer and one with two; then one has to go on alone. */
  @Test
  void processesShareOutTheLayers() throws Exception {
    Path out = folder.resolve("shared");
    JsonNode one =
        Sememe.json(
            words(
                "train",
                "--store",
                store,
                "--hooks",
                "blocks.*.hook_mlp_out",
                SMALL,
                "--threads",
                1,
                "--out",
                folder.resolve("one-process")));
    JsonNode two =
        Sememe.jsonOfProcess(
            folder.resolve("shared.log"),
            words(
                "train",
                "--store",
                store,
                "--hooks",
                "blocks.*.hook_mlp_out",
                SMALL,
                "--threads",
                1,
                "--nproc",
                2,
                "--out",
                out));
    assertThat(two.path("members")).isEqualTo(one.path("members"));
    for (String name : names(one)) {
      assertThat(weights(out.resolve(name)))
          .isEqualTo(weights(folder.resolve("one-process").resolve(name)));
    }
  }

  @Test
  void eachMayHaveOptionsOfItsOwnAndTargetsFollowTheirPattern() throws IOException {
    JsonNode own =
        Sememe.json(
            words(
                "sweep",
                "--store",
                store,
                "--member",
                "hook=blocks.0.hook_mlp_out,k=2",
                "--member",
                "hook=blocks.1.hook_mlp_out,k=6,latents=64",
                "--member",
                "hook=blocks.1.hook_mlp_out,blocks.2.hook_mlp_out,k=3",
                "--member",
                "hook=blocks.*.ln2.hook_normalized,target=blocks.*.hook_mlp_out,skip=true",
                SMALL,
                "--out",
                folder.resolve("own")));
    assertThat(names(own))
        .containsExactly(
            "blocks.0.hook_mlp_out_k-2",
            "blocks.1.hook_mlp_out_k-6_latents-64",
            "blocks.1.hook_mlp_out-blocks.2.hook_mlp_out_k-3",
            "blocks.0.ln2.hook_normalized_target-blocks.0.hook-mlp-out_skip-true",
            "blocks.1.ln2.hook_normalized_target-blocks.1.hook-mlp-out_skip-true",
            "blocks.2.ln2.hook_normalized_target-blocks.2.hook-mlp-out_skip-true");
    for (JsonNode member : own.path("members")) {
      assertThat(member.path("scores").path("fvu").asDouble())
          .as(member.path("name").asText())
          .isBetween(0.0, 1.0);
    }
    Path transcoder =
        folder.resolve("own/blocks.1.ln2.hook_normalized_target-blocks.1.hook-mlp-out_skip-true");
    JsonNode told = Sememe.json("info", transcoder);
    assertThat(told.toString()).contains("transcoder", "blocks.1.hook_mlp_out");
    Path alone = folder.resolve("transcoder");
    Sememe.json(
        words(
            "train",
            "--store",
            store,
            "--hook",
            "blocks.1.ln2.hook_normalized",
            "--target",
            "blocks.1.hook_mlp_out",
            "--set",
            "skip=true",
            SMALL,
            "--out",
            alone));
    assertThat(weights(transcoder)).isEqualTo(weights(alone));
  }

  @Test
  void wrongUseIsSaidInALine() {
    wrong("is meant by 'blocks.*.hook_nothing'", "--hooks", "blocks.*.hook_nothing");
    wrong("either --hook", "--hooks", "blocks.*.hook_mlp_out", "--hook", "blocks.0.hook_mlp_out");
    wrong(
        "hooks:2: does not share out 3 ranks",
        "--hooks",
        "blocks.*.hook_mlp_out",
        "--nproc",
        3,
        "--shard",
        "hooks:2");
    wrong(
        "for the dictionaries of several",
        "--hook",
        "blocks.0.hook_mlp_out",
        "--nproc",
        2,
        "--shard",
        "hooks");
    wrong(
        "has 2 stars",
        "--hooks",
        "blocks.*.hook_mlp_out",
        "--target",
        "blocks.*.*.hook_normalized");
    Sememe some =
        Sememe.run(
            words(
                "sweep",
                "--store",
                store,
                "--member",
                "hook=blocks.0.hook_mlp_out",
                "--member",
                "k=3",
                SMALL,
                "--out",
                folder.resolve("some")));
    assertThat(some.exitCode()).isEqualTo(2);
    assertThat(some.err()).contains("some recipes name a hook point and some do not");
  }

  private static void wrong(String said, Object... given) {
    Path out = folder.resolve("wrong");
    Sememe refused =
        Sememe.run(words("train", "--store", store, SMALL, List.of(given), "--out", out));
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).contains(said);
    assertThat(out).doesNotExist();
  }
}
