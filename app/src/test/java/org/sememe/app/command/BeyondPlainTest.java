package org.sememe.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
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
      try (java.lang.foreign.Arena arena = java.lang.foreign.Arena.ofConfined()) {
        var memory = arena.allocate(java.lang.foreign.ValueLayout.JAVA_FLOAT, values.length);
        shard.copyRows(hook, 0, count, memory, 0);
        java.lang.foreign.MemorySegment.copy(
            memory, java.lang.foreign.ValueLayout.JAVA_FLOAT, 0, values, 0, values.length);
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

  private static String weights(String run) throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve(run).resolve("sae"))) {
      return Sha256.of(
          files.filter(f -> f.endsWith("sae_weights.safetensors")).findFirst().orElseThrow());
    }
  }

  /** A run that loses its last checkpoint and its dictionary ends with the same bytes again. */
  private static void checkResume(String run) throws IOException {
    String before = weights(run);
    Path path = folder.resolve(run);
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
    assertThat(weights(run)).isEqualTo(before);
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
      SequencedMap<String, Tensor> given = new java.util.LinkedHashMap<>();
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
            List.of("encoder=conv: not one of dense, kronecker, switch", "encoder=conv"));
    for (List<String> one : all) {
      List<Object> more = new ArrayList<>(List.of("--store", store, "--hook", SECOND));
      one.subList(1, one.size()).forEach(setting -> more.addAll(List.of("--set", setting)));
      refused(one.getFirst(), arguments("refused", more.toArray()).toArray());
    }
    refused(
        "which encoder=switch does not have",
        "demo",
        "--set",
        "encoder=switch",
        "--out",
        folder.resolve("demo"));
  }
}
