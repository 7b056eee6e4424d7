package org.sememe.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.models.testing.TinyModel;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.safetensors.SafetensorsFile;
import org.sememe.tensors.safetensors.SafetensorsWriter;

/** The commands one after the other on a tiny random model: what they write, and their JSON. */
class WholeJobTest {
  private static final String HOOK = "blocks.1.hook_resid_post";

  @TempDir private static Path folder;
  private static Path model;
  private static Path text;

  @BeforeAll
  static void write() throws IOException {
    Torch.start(2);
    model = TinyModel.write(folder.resolve("tiny-model"), 5);
    RandomStream random = RandomStream.of(6);
    StringBuilder lines = new StringBuilder();
    for (int document = 0; document < 150; document++) {
      lines.append("{\"text\": \"");
      for (int left = 20 + random.nextInt(150); left > 0; left--) {
        lines.append(random.nextInt(6) == 0 ? ' ' : (char) ('a' + random.nextInt(26)));
      }
      lines.append("\"}\n");
    }
    text = Files.writeString(folder.resolve("text.jsonl"), lines);
  }

  private static JsonNode harvest(String name, Object... more) throws IOException {
    Object[] all =
        Stream.concat(
                Stream.of(
                    "harvest",
                    model,
                    "--text",
                    text,
                    "--hooks",
                    HOOK,
                    "--out",
                    folder.resolve(name)),
                Stream.of(more))
            .toArray();
    return Sememe.json(all);
  }

  /** Trains a small dictionary on the rows that {@code source} names. */
  private static JsonNode train(String run, Object... source) throws IOException {
    Stream<Object> options =
        Stream.of(
            "--latents", 64, "--k", 4, "--batch", 128, "--tokens", "20k", "--set", "lr=0.003");
    Stream<Object> rest = Stream.of("--set", "sample-rows=512", "--out", folder.resolve(run));
    return Sememe.json(
        Stream.of(Stream.of((Object) "train"), Stream.of(source), options, rest)
            .flatMap(words -> words)
            .toArray());
  }

  @Test
  void fromTextToAnIndexedDictionary() throws IOException {
    JsonNode harvested = harvest("store", "--context-length", 32);
    assertThat(harvested.path("tokens").asLong()).isGreaterThan(10_000);
    assertThat(harvested.path("documents").asLong()).isEqualTo(150);
    assertThat(harvested.path("tokens_per_s").asDouble()).isPositive();
    assertThat(Path.of(harvested.path("store").asText())).isDirectory();

    JsonNode trained = train("run", "--store", folder.resolve("store"));
    checkMeasures(trained);
    assertThat(trained.path("studio").isNull()).isTrue();
    assertThat(trained.path("seconds").path("train").asDouble()).isPositive();
    Path run = Path.of(trained.path("run").asText());

    JsonNode measured = Sememe.json("eval", run);
    checkMeasures(measured);
    assertThat(measured.path("fvu").asDouble()).isEqualTo(trained.path("fvu").asDouble());

    JsonNode indexed = Sememe.json("index", run);
    assertThat(indexed.path("alive").asInt()).isBetween(1, 64);
    assertThat(Path.of(indexed.path("index").asText())).isRegularFile();
    assertThat(Sememe.json("index", run).path("alive")).isEqualTo(indexed.path("alive"));
    long rows = indexed.path("tokens").asLong();
    JsonNode fewer = Sememe.json("index", run, "--tokens", rows / 2);
    assertThat(fewer.path("tokens").asLong()).isBetween(rows / 2, rows - 1);
    JsonNode more = Sememe.json("index", run, "--tokens", rows);
    assertThat(more.path("tokens").asLong()).isEqualTo(rows);
    assertThat(more.path("alive")).isEqualTo(indexed.path("alive"));
    assertThat(run.resolve("index-parts")).isDirectoryContaining("glob:**.safetensors");

    JsonNode info = Sememe.json("info", run);
    assertThat(info.path("latents").asInt()).isEqualTo(64);
    assertThat(info.path("hook").asText()).isEqualTo(HOOK);
    encode(run);
    theReadmesExampleRuns(run.resolve("sae").resolve(HOOK));
    Sememe again =
        Sememe.run("train", "--store", folder.resolve("store"), "--tokens", 1000, "--out", run);
    assertThat(again.exitCode()).isEqualTo(1);
    assertThat(again.errLines()).singleElement().asString().contains("holds a run already");
  }

  private static void checkMeasures(JsonNode json) {
    for (String field :
        List.of(
            "fvu",
            "fve",
            "l0",
            "dead_share",
            "ce_clean",
            "ce_sae",
            "ce_zero",
            "ce_recovered",
            "kl",
            "tokens",
            "eval_tokens",
            "sinks_excluded")) {
      assertThat(json.path(field).isNumber()).as(field).isTrue();
    }
    assertThat(json.path("fve").asDouble()).isBetween(0.3, 1.0);
    assertThat(json.path("l0").asDouble()).isBetween(1.0, 4.3);
    assertThat(json.path("fve").asDouble() + json.path("fvu").asDouble())
        .isCloseTo(1, within(1e-9));
  }

  private static void encode(Path run) throws IOException {
    Path input = folder.resolve("x.safetensors");
    float[] values = new float[5 * TinyModel.WIDTH];
    RandomStream random = RandomStream.of(8);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    try (PointerScope scope = new PointerScope()) {
      SequencedMap<String, Tensor> x = new LinkedHashMap<>();
      x.put("x", TensorMemory.floats(values, 5, TinyModel.WIDTH));
      SafetensorsWriter.write(input, x, Map.of());
    }
    Path sparse = folder.resolve("sparse.safetensors");
    Path dense = folder.resolve("dense.safetensors");
    Sememe.json("encode", run, "--input", input, "--out", sparse);
    Sememe.json("encode", run, "--input", input, "--out", dense, "--dense");
    try (PointerScope scope = new PointerScope();
        SafetensorsFile a = SafetensorsFile.open(sparse);
        SafetensorsFile b = SafetensorsFile.open(dense)) {
      long[] indices = TensorMemory.longs(a.tensor("indices"));
      float[] active = TensorMemory.floats(a.tensor("values"));
      float[] latents = TensorMemory.floats(b.tensor("latents"));
      for (int i = 0; i < indices.length; i++) {
        int row = i / (indices.length / 5);
        assertThat(latents[row * 64 + (int) indices[i]]).isEqualTo(active[i]);
      }
      assertThat(IntStream.range(0, latents.length).filter(i -> latents[i] > 0).count())
          .isEqualTo(IntStream.range(0, active.length).filter(i -> active[i] > 0).count());
      assertThat(TensorMemory.floats(a.tensor("recon")))
          .isEqualTo(TensorMemory.floats(b.tensor("recon")));
    }
  }

  /** Compiles the program in the README as it stands, and runs it. */
  private static void theReadmesExampleRuns(Path dictionary) throws IOException {
    Path root = Path.of(System.getenv().getOrDefault("SEMEME_PROJECT_ROOT", ".."));
    Matcher block =
        Pattern.compile("```java\\R(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(root.resolve("README.md")));
    assertThat(block.find()).isTrue();
    Path source = Files.writeString(folder.resolve("ActiveFeatures.java"), block.group(1));
    int compiled =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                folder.toString(),
                source.toString());
    assertThat(compiled).isZero();
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
      System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
      loader
          .loadClass("ActiveFeatures")
          .getMethod("main", String[].class)
          .invoke(null, (Object) new String[] {dictionary.toString()});
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    } finally {
      System.setOut(before);
    }
    assertThat(printed.toString(StandardCharsets.UTF_8).lines())
        .hasSizeBetween(1, 2 * 64)
        .allMatch(line -> line.matches("latent \\d+: \\d+\\.\\d{3}"));
  }

  @Test
  void withoutAStoreRowsComeStraightFromTheModel() throws IOException {
    JsonNode trained =
        train(
            "streamed",
            model,
            "--text",
            text,
            "--hook",
            HOOK,
            "--context-length",
            32,
            "--pool",
            64);

    checkMeasures(trained);
    JsonNode again = Sememe.json("resume", folder.resolve("streamed"));
    assertThat(again.path("fvu").asDouble()).isEqualTo(trained.path("fvu").asDouble());
  }

  @Test
  void withoutPackingEveryDocumentHasAContextAndARowForEachToken() throws IOException {
    JsonNode harvested = harvest("unpacked", "--no-pack", "--keep-sinks");

    assertThat(harvested.path("rows").asLong()).isEqualTo(harvested.path("tokens").asLong());
    assertThat(harvested.path("documents").asLong()).isEqualTo(150);
    try (PointerScope scope = new PointerScope();
        SafetensorsFile contexts =
            SafetensorsFile.open(folder.resolve("unpacked/contexts-train.safetensors"))) {
      assertThat(contexts.info("offsets").shape()).containsExactly(151L);
    }
  }

  @Test
  void theDemoRunsTheWholeWayAndUsesWhatItHas() throws IOException {
    Object[] demo = {
      "demo",
      "--model",
      model,
      "--text",
      text,
      "--hook",
      HOOK,
      "--tokens",
      "8k",
      "--latents",
      64,
      "--k",
      4,
      "--batch",
      128,
      "--set",
      "sample-rows=512",
      "--out",
      folder.resolve("demo"),
      "--store",
      folder.resolve("demo-store"),
      "--no-studio"
    };
    JsonNode first = Sememe.json(demo);
    JsonNode second = Sememe.json(demo);

    assertThat(first.path("fvu").isNumber()).isTrue();
    assertThat(first.has("studio")).isTrue();
    assertThat(second.path("fvu").asDouble()).isEqualTo(first.path("fvu").asDouble());
    Object[] other = demo.clone();
    other[10] = 128;
    Sememe refused = Sememe.run(other);
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.errLines().getLast()).contains("holds a run of other options");
  }
}
