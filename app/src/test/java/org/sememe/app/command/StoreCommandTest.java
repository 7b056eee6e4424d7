package org.sememe.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.activations.ActivationStore;
import org.sememe.activations.Contexts;
import org.sememe.activations.Shard;
import org.sememe.activations.Split;
import org.sememe.models.testing.TinyModel;
import org.sememe.tensors.Torch;

/** {@code sememe store}: harvest, cut, merge and check by the command line. */
class StoreCommandTest {
  private static final String HOOK = "blocks.1.hook_resid_post";

  @TempDir private static Path folder;
  private static Path store;
  private static JsonNode harvested;

  @BeforeAll
  static void harvest() throws IOException {
    Torch.start(2);
    Path model = TinyModel.write(folder.resolve("tiny-model"), 5);
    StringBuilder lines = new StringBuilder();
    for (int document = 0; document < 40; document++) {
      lines.append("{\"text\": \"").append("some words of text ".repeat(2 + document % 5));
      lines.append(document).append("\"}\n");
    }
    Path text = Files.writeString(folder.resolve("text.jsonl"), lines);
    store = folder.resolve("store");
    harvested =
        Sememe.json(
            "harvest",
            model,
            "--text",
            text,
            "--hooks",
            HOOK,
            "--out",
            store,
            "--held-out",
            0.3,
            "--context-length",
            16);
  }

  /** Two processes keep the rows of one, in another order, and hold out the same documents. */
  @Test
  void processesShareOutTheDocuments() throws Exception {
    Path shared = folder.resolve("shared");
    Object[] words = {
      "harvest",
      folder.resolve("tiny-model"),
      "--text",
      folder.resolve("text.jsonl"),
      "--hooks",
      HOOK,
      "--held-out",
      0.3,
      "--no-pack",
      "--context-length",
      16,
      "--out"
    };
    JsonNode two =
        Sememe.jsonOfProcess(folder.resolve("shared.log"), with(words, shared, "--nproc", 2));
    JsonNode one = Sememe.json(with(words, folder.resolve("whole")));
    assertThat(two.get("tokens")).isEqualTo(one.get("tokens"));
    assertThat(two.get("documents").asInt()).isEqualTo(40).isEqualTo(one.get("documents").asInt());
    assertThat(rows(shared)).isEqualTo(rows(folder.resolve("whole")));
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .noneMatch(name -> name.contains(".part-"));
    }
  }

  private static Object[] with(Object[] words, Object... more) {
    return Stream.concat(Stream.of(words), Stream.of(more)).toArray();
  }

  /** Which tokens a store holds of which document and split, one line a row, in order of these. */
  private static List<String> rows(Path store) throws IOException {
    List<String> rows = new ArrayList<>();
    try (ActivationStore opened = ActivationStore.open(store)) {
      for (Split split : Split.values()) {
        Contexts contexts = opened.contexts(split);
        for (Shard shard : opened.shards(split)) {
          for (long row = 0; row < shard.rows(); row++) {
            int context = (int) shard.contextIds().getAtIndex(ValueLayout.JAVA_LONG, row);
            int position = (int) shard.positions().getAtIndex(ValueLayout.JAVA_LONG, row);
            int document = (int) contexts.documents(context)[position];
            rows.add(
                split
                    + " "
                    + opened.documentNames().get(document)
                    + " "
                    + position
                    + " "
                    + contexts.tokens(context)[position]);
          }
        }
      }
    }
    return rows.stream().sorted().toList();
  }

  @Test
  void infoSaysWhatTheHarvestSaid() throws IOException {
    JsonNode info = Sememe.json("store", "info", store);

    for (String field : new String[] {"tokens", "documents", "rows", "sinks_excluded", "store"}) {
      assertThat(info.get(field)).as(field).isEqualTo(harvested.get(field));
    }
    assertThat(info.at("/complete").asBoolean()).isTrue();
    assertThat(info.get("hooks").get(HOOK).asInt()).isPositive();
    assertThat(info.get("train_rows").asLong() + info.get("held_out_rows").asLong())
        .isEqualTo(info.get("rows").asLong());
  }

  @Test
  void partsMergedAgainAreVerifiedAndAsLarge() throws IOException {
    Path parts = folder.resolve("parts");
    JsonNode cut = Sememe.json("store", "split", store, "--parts", 2, "--out", parts).get("parts");
    JsonNode merged =
        Sememe.json(
            "store",
            "merge",
            parts.resolve("part-0"),
            parts.resolve("part-1"),
            "--out",
            folder.resolve("merged"));

    assertThat(cut.get(0).get("rows").asLong() + cut.get(1).get("rows").asLong())
        .isEqualTo(harvested.get("rows").asLong());
    assertThat(merged.get("rows")).isEqualTo(harvested.get("rows"));
    assertThat(Sememe.json("store", "verify", folder.resolve("merged")).get("rows"))
        .isEqualTo(harvested.get("rows"));
  }

  @Test
  void aChangedByteIsFoundAndWrongUsesAreOneLine() throws IOException {
    Path copy = folder.resolve("copy");
    Sememe.json("store", "split", store, "--parts", 2, "--out", copy);
    Path shard = copy.resolve("part-0/train-00000.safetensors");
    byte[] bytes = Files.readAllBytes(shard);
    bytes[bytes.length - 1] ^= 1;
    Files.write(shard, bytes);

    Sememe verify = Sememe.run("store", "verify", copy.resolve("part-0"));
    assertThat(verify.exitCode()).isEqualTo(1);
    assertThat(verify.errLines()).hasSize(1).first().asString().contains("SHA-256");
    Sememe parts = Sememe.run("store", "split", store, "--parts", 1, "--out", folder);
    assertThat(parts.exitCode()).isEqualTo(2);
    Sememe none = Sememe.run("store", "info", folder.resolve("tiny-model"));
    assertThat(none.exitCode()).isEqualTo(1);
    assertThat(none.errLines()).hasSize(1);
  }
}
