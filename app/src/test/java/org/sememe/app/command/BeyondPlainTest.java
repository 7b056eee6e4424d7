package org.sememe.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sememe.activations.ActivationStore;
import org.sememe.activations.Shard;
import org.sememe.activations.Split;
import org.sememe.models.testing.SeededText;
import org.sememe.models.testing.TinyModel;
import org.sememe.models.text.Document;
import org.sememe.tensors.Sha256;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.safetensors.SafetensorsFile;
import org.sememe.tensors.safetensors.SafetensorsWriter;

/** Dictionaries that are more than a matrix to encode and one to decode, by the commands. */
class BeyondPlainTest {
  private static final String FIRST = "blocks.0.hook_resid_post";
  private static final String SECOND = "blocks.1.hook_resid_post";

  @TempDir private static Path folder;
  private static Path model;
  private static Path text;
  private static Path store;

  @BeforeAll
  static void harvest() throws IOException {
    model = TinyModel.write(folder.resolve("model"), 5);
    text = Files.createDirectories(folder.resolve("text"));
    try (Stream<Document> documents = new SeededText(1, 60, 200).documents()) {
      for (Document document : documents.toList()) {
        Files.writeString(text.resolve(document.name() + ".txt"), document.text());
      }
    }
    store = folder.resolve("store");
    Sememe.json(
        "harvest",
        model,
        "--text",
        text,
        "--hooks",
        FIRST + "," + SECOND,
        "--context-length",
        32,
        "--out",
        store);
  }

  /** What says a transcoder of these options; else only our own layout does. */
  private static final Map<String, String> FORMATS =
      Map.of("skip=false", "llamascopium", "skip=true", "saelens", "architecture=topk", "sparsify");

  private static List<Object> arguments(String name, Object... more) {
    List<Object> all =
        new ArrayList<>(
            List.of(
                "train",
                "--latents",
                64,
                "--k",
                4,
                "--batch",
                128,
                "--tokens",
                "20k",
                "--set",
                "lr=0.003",
                "--set",
                "sample-rows=512",
                "--out",
                folder.resolve(name)));
    all.addAll(List.of(more));
    return all;
  }

  private static JsonNode train(String name, Object... more) throws IOException {
    return Sememe.json(arguments(name, more).toArray());
  }

  /** The rows of a hook point that are held out. */
  private static Tensor rows(String hook) throws IOException {
    try (ActivationStore opened = ActivationStore.open(store)) {
      Shard shard = opened.shards(Split.HELD_OUT).getFirst();
      int count = (int) Math.min(shard.rows(), 100);
      float[] values = new float[count * shard.width(hook)];
      try (Arena arena = Arena.ofConfined()) {
        var memory = arena.allocate(ValueLayout.JAVA_FLOAT, values.length);
        shard.copyRows(hook, 0, count, memory, 0);
        MemorySegment.copy(memory, ValueLayout.JAVA_FLOAT, 0, values, 0, values.length);
      }
      return TensorMemory.floats(values, count, shard.width(hook));
    }
  }

  private static JsonNode encode(String run, SequencedMap<String, Tensor> given)
      throws IOException {
    Path input = folder.resolve("x.safetensors");
    SafetensorsWriter.write(input, given, Map.of());
    return Sememe.json(
        "encode", folder.resolve(run), "--input", input, "--out", folder.resolve("y.safetensors"));
  }

  private static String weights(Path run) throws IOException {
    try (Stream<Path> files = Files.walk(run.resolve("sae"))) {
      return Sha256.of(
          files.filter(f -> f.endsWith("sae_weights.safetensors")).findFirst().orElseThrow());
    }
  }

  /** A run that loses its last checkpoint and its dictionary ends with the same bytes again. */
  private static void checkResume(String run) throws IOException {
    checkResume(folder.resolve(run));
  }

  static void checkResume(Path path) throws IOException {
    String before = weights(path);
    try (Stream<Path> files = Files.walk(path.resolve("sae"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.delete(file);
      }
    }
    Path last;
    try (Stream<Path> files = Files.list(path.resolve("checkpoints"))) {
      last = files.filter(f -> f.toString().endsWith(".sha256")).sorted().toList().getLast();
    }
    Files.delete(last);
    Sememe.json("resume", path);
    assertThat(weights(path)).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "encoder=kronecker",
        "encoder=switch",
        "decoder=archetypal",
        "encoder=switch,decoder=archetypal,experts=4"
      })
  void aStructureInARun(String settings) throws IOException {
    String name = settings.replaceAll("[=,]", "-");
    List<Object> more = new ArrayList<>(List.of("--store", store, "--hook", SECOND));
    more.addAll(List.of("--checkpoint-every", 40));
    for (String one : settings.split(",")) {
      more.addAll(List.of("--set", one));
    }
    JsonNode trained = train(name, more.toArray());
    assertThat(trained.path("fve").asDouble()).isBetween(0.3, 1.0);
    assertThat(trained.path("ce_recovered").isNumber()).isTrue();
    checkResume(name);

    JsonNode info = Sememe.json("info", folder.resolve(name));
    assertThat(info.path("kind").asText()).isEqualTo("autoencoder");
    assertThat(info.path("latents").asInt()).isEqualTo(64);
    assertThat(info.path("hook").asText()).isEqualTo(SECOND);
    JsonNode measured = Sememe.json("eval", folder.resolve(name));
    assertThat(measured.path("fvu")).isEqualTo(trained.path("fvu"));

    try (PointerScope scope = new PointerScope()) {
      SequencedMap<String, Tensor> given = new LinkedHashMap<>();
      given.put("x", rows(SECOND));
      JsonNode encoded = encode(name, given);
      assertThat(encoded.path("fvu").asDouble()).isLessThan(0.8);
      Path copy = folder.resolve(name + "-copy");
      Sememe.json("import", folder.resolve(name), "--out", copy);
      try (SafetensorsFile found = SafetensorsFile.open(folder.resolve("y.safetensors"))) {
        Tensor recon = found.tensor("recon").clone();
        Sememe.json(
            "encode",
            copy,
            "--input",
            folder.resolve("x.safetensors"),
            "--out",
            folder.resolve("y.safetensors"));
        try (SafetensorsFile again = SafetensorsFile.open(folder.resolve("y.safetensors"))) {
          assertThat(again.tensor("recon").equal(recon)).isTrue();
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"skip=false", "skip=true", "architecture=topk", "encoder=switch"})
  void aTranscoderOfAStore(String setting) throws IOException {
    String name = "transcoder-" + setting.replace('=', '-');
    JsonNode trained =
        train(
            name,
            "--store",
            store,
            "--hook",
            FIRST,
            "--target",
            SECOND,
            "--checkpoint-every",
            40,
            "--set",
            setting);
    assertThat(trained.path("hook").asText()).isEqualTo(FIRST);
    assertThat(trained.path("hook_out").asText()).isEqualTo(SECOND);
    assertThat(trained.path("fve").asDouble()).isBetween(0.2, 1.0);
    assertThat(trained.path("ce_recovered").isNumber()).isTrue();
    checkResume(name);
    assertThat(Sememe.json("eval", folder.resolve(name)).path("fvu"))
        .isEqualTo(trained.path("fvu"));

    JsonNode info = Sememe.json("info", folder.resolve(name));
    assertThat(info.path("kind").asText()).isEqualTo("transcoder");
    assertThat(info.path("hook").asText()).isEqualTo(FIRST);
    assertThat(info.path("hook_out").asText()).isEqualTo(SECOND);
    if (setting.startsWith("skip")) { // SAELens's own
      assertThat(info.path("architecture").asText())
          .isEqualTo("jumprelu_" + (setting.endsWith("true") ? "skip_" : "") + "transcoder");
    }
    try (PointerScope scope = new PointerScope()) {
      SequencedMap<String, Tensor> given = new LinkedHashMap<>();
      given.put("x", rows(FIRST));
      assertThat(encode(name, given).has("fvu")).isFalse();
      given.put("y", rows(SECOND));
      double ofTarget = encode(name, given).path("fvu").asDouble();
      assertThat(ofTarget).isBetween(0.0, 0.8);
      String format = FORMATS.getOrDefault(setting, "sememe");
      String exported = name + "-" + format;
      Sememe.json(
          "export", folder.resolve(name), "--format", format, "--out", folder.resolve(exported));
      assertThat(Sememe.json("info", folder.resolve(exported)).path("kind").asText())
          .isEqualTo("transcoder");
      assertThat(encode(exported, given).path("fvu").asDouble()).isCloseTo(ofTarget, within(1e-6));
      given.put("y", rows(SECOND).flip(0).contiguous());
      assertThat(encode(name, given).path("fvu").asDouble()).isGreaterThan(ofTarget + 0.2);
    }
  }

  @Test
  void aTranscoderStraightFromTheModel() throws IOException {
    JsonNode trained =
        train(
            "streamed",
            model,
            "--text",
            text,
            "--hook",
            "blocks.1.ln2.hook_normalized",
            "--target",
            "blocks.1.hook_mlp_out",
            "--context-length",
            32,
            "--checkpoint-every",
            40);
    assertThat(trained.path("hook_out").asText()).isEqualTo("blocks.1.hook_mlp_out");
    assertThat(trained.path("fve").asDouble()).isBetween(0.1, 1.0);
    checkResume("streamed");
  }

  @ParameterizedTest
  @ValueSource(strings = {"architecture=batchtopk", "architecture=relu", "encoder=kronecker"})
  void aCrosscoderOfAStore(String setting) throws IOException {
    String name = "crosscoder-" + setting.replace('=', '-');
    JsonNode trained =
        train(
            name,
            "--store",
            store,
            "--hook",
            FIRST + "," + SECOND,
            "--checkpoint-every",
            40,
            "--set",
            setting);
    assertThat(trained.path("hook").asText()).isEqualTo(FIRST + "," + SECOND);
    assertThat(trained.path("fve").asDouble()).isBetween(0.2, 1.0);
    assertThat(trained.path("fvu_by_hook").path(FIRST).asDouble()).isBetween(0.0, 0.9);
    assertThat(trained.path("fvu_by_hook").path(SECOND).asDouble()).isBetween(0.0, 0.9);
    assertThat(trained.has("ce_recovered")).isFalse();
    checkResume(name);
    assertThat(Sememe.json("eval", folder.resolve(name)).path("fvu_by_hook"))
        .isEqualTo(trained.path("fvu_by_hook"));

    JsonNode info = Sememe.json("info", folder.resolve(name));
    assertThat(info.path("kind").asText()).isEqualTo("crosscoder");
    assertThat(info.path("input_shape").get(0).asInt()).isEqualTo(2);
    try (PointerScope scope = new PointerScope()) {
      Tensor both = torch.stack(new TensorVector(rows(FIRST), rows(SECOND)), 1).contiguous();
      SequencedMap<String, Tensor> given = new LinkedHashMap<>();
      given.put("x", both);
      assertThat(encode(name, given).path("fvu").asDouble()).isBetween(0.0, 0.9);
      try (SafetensorsFile found = SafetensorsFile.open(folder.resolve("y.safetensors"))) {
        assertThat(found.info("recon").shape()).containsExactly(both.size(0), 2L, both.size(2));
      }
    }
  }

  @Test
  void aCrosscoderStraightFromTheModel() throws IOException {
    JsonNode trained =
        train(
            "streamed-crosscoder",
            model,
            "--text",
            text,
            "--hook",
            FIRST + ", " + SECOND,
            "--context-length",
            32);
    assertThat(trained.path("fvu_by_hook").size()).isEqualTo(2);
  }

  @Test
  void aTemporalDictionaryOfAStore() throws IOException {
    JsonNode trained =
        train(
            "temporal",
            "--store",
            store,
            "--hook",
            SECOND,
            "--checkpoint-every",
            40,
            "--set",
            "architecture=topk",
            "--set",
            "sequence=8");
    assertThat(trained.path("fve").asDouble()).isBetween(0.2, 1.0);
    assertThat(trained.path("l0").asDouble()).isBetween(1.0, 4.0);
    assertThat(trained.has("ce_recovered")).isFalse();
    checkResume("temporal");
    assertThat(Sememe.json("eval", folder.resolve("temporal")).path("fvu"))
        .isEqualTo(trained.path("fvu"));
    JsonNode info = Sememe.json("info", folder.resolve("temporal"));
    assertThat(info.path("kind").asText()).isEqualTo("temporal_autoencoder");
    assertThat(info.path("hook").asText()).isEqualTo(SECOND);
    try (PointerScope scope = new PointerScope()) {
      SequencedMap<String, Tensor> given = new LinkedHashMap<>();
      given.put("x", rows(SECOND).narrow(0, 0, 40).reshape(5, 8, -1).contiguous());
      assertThat(encode("temporal", given).path("fvu").asDouble()).isBetween(0.0, 0.9);
    }
    Sememe streamed =
        Sememe.run(
            arguments(
                    "refused",
                    model,
                    "--text",
                    text,
                    "--hook",
                    SECOND,
                    "--set",
                    "architecture=topk",
                    "--set",
                    "sequence=8")
                .toArray());
    assertThat(streamed.exitCode()).isEqualTo(1);
    assertThat(streamed.errLines())
        .singleElement()
        .asString()
        .contains("sequence=8: these rows come 1 together")
        .contains("--store");
  }

  @Test
  void aSweepOfTranscoders() throws IOException {
    Path out = folder.resolve("sweep");
    JsonNode swept =
        Sememe.json(
            "sweep",
            "--store",
            store,
            "--hook",
            FIRST,
            "--target",
            SECOND,
            "--latents",
            64,
            "--batch",
            128,
            "--tokens",
            "10k",
            "--set",
            "sample-rows=512",
            "--grid",
            "skip=false,true",
            "--k",
            4,
            "--out",
            out);
    assertThat(swept.toString()).contains("fvu");
    assertThat(out.resolve("pareto.svg")).isRegularFile();
  }

  /** What a dictionary of another kind cannot do is said in a line. */
  @Test
  void whatNeedsAPlainDictionarySaysSo() throws IOException {
    train("unplain", "--store", store, "--hook", FIRST, "--target", SECOND);
    Sememe run = Sememe.run("index", folder.resolve("unplain"));
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.errLines())
        .singleElement()
        .asString()
        .contains("a transcoder")
        .contains("info, encode and eval take it");
  }

  private static void refused(String wanted, Object... arguments) {
    Sememe run = Sememe.run(arguments);
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.errLines().getFirst()).contains(wanted);
  }

  @Test
  void combinationsThatMakeNoSenseAreRefusedInALine() {
    List<List<String>> all =
        List.of(
            List.of(
                "latents must be a multiple of kron-m times kron-n (21)",
                "encoder=kronecker",
                "kron-m=3",
                "kron-n=7"),
            List.of("latents must be a multiple of experts (7)", "encoder=switch", "experts=7"),
            List.of(
                "k must be at most the latents of an expert (2)", "encoder=switch", "experts=32"),
            List.of(
                "architecture must be other than gated", "encoder=switch", "architecture=gated"),
            List.of(
                "architecture must be other than matching-pursuit",
                "decoder=archetypal",
                "architecture=matching-pursuit"),
            List.of(
                "resample-every must be 0",
                "encoder=kronecker",
                "architecture=relu",
                "resample-every=10"),
            List.of(
                "decoder-norm must be unit or free",
                "decoder=archetypal",
                "architecture=relu",
                "decoder-norm=at-most-one"),
            List.of("points must be at most sample-rows (512)", "decoder=archetypal", "points=513"),
            List.of(
                "engine must be auto or autograd with encoder=switch",
                "encoder=switch",
                "engine=fused"),
            List.of("encoder=conv: not one of dense, tied, kronecker, switch", "encoder=conv"));
    for (List<String> one : all) {
      List<Object> more = new ArrayList<>(List.of("--store", store, "--hook", SECOND));
      one.subList(1, one.size()).forEach(setting -> more.addAll(List.of("--set", setting)));
      refused(one.getFirst(), arguments("refused", more.toArray()).toArray());
    }
    List<Object> pair = List.of("--store", store, "--hook", FIRST, "--target", SECOND);
    List<Object> both = List.of("--store", store, "--hook", FIRST + "," + SECOND);
    Map<String, List<Object>> others =
        Map.of(
            "a hook point is named twice",
            List.of("--store", store, "--hook", FIRST, "--target", FIRST),
            "a target is made from one hook point",
            List.of("--store", store, "--hook", FIRST + "," + SECOND, "--target", "logits"),
            "--target needs the --hook",
            List.of("--store", store, "--target", SECOND),
            "skip must be false without a target",
            List.of("--store", store, "--hook", FIRST, "--set", "skip=true"),
            "skip=maybe: not true or false",
            List.of("--store", store, "--hook", FIRST, "--target", SECOND, "--set", "skip=maybe"));
    others.forEach(
        (wanted, more) -> refused(wanted, arguments("refused", more.toArray()).toArray()));
    for (List<Object> kind : List.of(pair, both)) {
      for (String setting :
          List.of(
              "input-scale=whitening",
              "architecture=matching-pursuit",
              "end-to-end=kl",
              "engine=fused")) {
        List<Object> more = new ArrayList<>(kind);
        more.addAll(List.of("--set", setting));
        refused(
            setting.substring(0, setting.indexOf('=')) + " must be ",
            arguments("refused", more.toArray()).toArray());
      }
    }
    Sememe missing =
        Sememe.run(
            arguments("refused", "--store", store, "--hook", FIRST, "--target", "blocks.7.mlp")
                .toArray());
    assertThat(missing.exitCode()).isNotZero();
    assertThat(missing.errLines()).singleElement().asString().contains("blocks.7.mlp");
    refused(
        "which encoder=switch does not have",
        "demo",
        "--set",
        "encoder=switch",
        "--out",
        folder.resolve("demo"));
  }
}
