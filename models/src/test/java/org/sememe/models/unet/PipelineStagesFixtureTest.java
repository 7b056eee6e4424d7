package org.sememe.models.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sememe.tensors.testing.TensorAssertions.assertClose;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.sememe.models.FixtureTensors;
import org.sememe.models.clip.ClipTextEncoder;
import org.sememe.models.clip.ClipTokenizer;
import org.sememe.tensors.JsonFile;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.Fixtures;

/** U-Net, autoencoder, text encoders and tokenizers of whole pipelines, stage by stage. */
class PipelineStagesFixtureTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  /** A pipeline's folder with its inputs and expected values. */
  private static final class Case implements AutoCloseable {
    final Path folder;
    final JsonNode facts;
    final JsonNode stored;
    final FixtureTensors inputs;
    final FixtureTensors expected;

    Case(Path folder) throws IOException {
      this.folder = folder;
      facts = JsonFile.read(JSON, folder.resolve("case.json"));
      stored = JsonFile.read(JSON, folder.resolve("expected.json"));
      inputs = new FixtureTensors(folder.resolve("inputs.safetensors"));
      expected = new FixtureTensors(folder.resolve("expected.safetensors"));
    }

    Tensor input(String name) {
      return TensorMemory.floats(inputs.floats(name), inputs.shape(name));
    }

    void near(String name, Tensor actual) {
      assertThat(TensorMemory.shape(actual)).as(name).isEqualTo(expected.shape(name));
      assertClose(
          name,
          TensorMemory.floats(actual),
          expected.floats(name),
          stored.path("tolerance").path(name).asDouble());
    }

    @Override
    public void close() {
      inputs.close();
      expected.close();
    }
  }

  private interface Check {
    void run(Case found, Path parts) throws Exception;
  }

  /** Every case; where it has parts in old names, those too. */
  private static Stream<DynamicTest> cases(String part, Check check) throws IOException {
    List<Path> folders;
    try (Stream<Path> all = Files.list(Fixtures.require("diffusion/pipelines"))) {
      folders = all.filter(path -> Files.exists(path.resolve("case.json"))).sorted().toList();
    }
    List<DynamicTest> tests = new ArrayList<>();
    for (Path folder : folders) {
      for (String parts : List.of("model", "legacy")) {
        Path path = folder.resolve(parts).resolve(part);
        if (Files.exists(path)) {
          tests.add(
              DynamicTest.dynamicTest(
                  folder.getFileName() + " " + parts,
                  () -> {
                    try (Case found = new Case(folder);
                        PointerScope scope = new PointerScope()) {
                      check.run(found, path);
                    }
                  }));
        }
      }
    }
    return tests.stream();
  }

  private static PictureCondition condition(Case c, String prefix) {
    Tensor text = c.input(prefix + "encoder_hidden_states");
    Optional<PictureCondition.Pooled> pooled =
        c.inputs.has(prefix + "text_embeds")
            ? Optional.of(
                new PictureCondition.Pooled(
                    c.input(prefix + "text_embeds"), doubles(c, prefix + "time_ids")))
            : Optional.empty();
    return new PictureCondition(Optional.empty(), Optional.of(text), pooled, Optional.empty());
  }

  private static double[] doubles(Case c, String name) {
    return TensorMemory.doubles(c.input(name));
  }

  @TestFactory
  Stream<DynamicTest> unet() throws IOException {
    return cases(
        "unet",
        (c, path) -> {
          try (UNet net = UNet.open(new PictureFolder(path))) {
            assertThat(net.parameters().values().stream().mapToLong(Tensor::numel).sum())
                .isEqualTo(c.facts.path("parameters").path("unet").asLong());
            int compared = 0;
            for (String name : List.of("square", "odd", "fraction")) {
              String prefix = "unet." + name + ".";
              Map<String, Tensor> seen = new LinkedHashMap<>();
              Tensor output =
                  net.apply(
                      c.input(prefix + "sample"),
                      doubles(c, prefix + "timestep"),
                      condition(c, prefix),
                      (module, x) -> {
                        seen.put(module, x);
                        return x;
                      });
              seen.put("output", output);
              for (String stored : c.expected.names()) {
                if (stored.startsWith(prefix)) {
                  String module = stored.substring(prefix.length());
                  assertThat(seen).containsKey(module);
                  c.near(stored, seen.get(module));
                  compared++;
                }
              }
            }
            assertThat((long) compared)
                .isEqualTo(c.expected.names().stream().filter(n -> n.startsWith("unet.")).count());
            edited(c, net);
          }
        });
  }

  private static void edited(Case c, UNet net) {
    String hook = c.facts.path("edit").path("module").asText() + ".out";
    Tensor mask = c.input("edit.mask");
    Tensor direction = c.input("edit.direction").unsqueeze(1).unsqueeze(2);
    Tensor added =
        direction.mul(mask).mul(new Scalar(c.facts.path("edit").path("strength").asDouble()));
    Tensor output =
        net.apply(
            c.input("unet.square.sample"),
            doubles(c, "unet.square.timestep"),
            condition(c, "unet.square."),
            (module, x) -> module.equals(hook) ? x.add(added) : x);
    c.near("edit.output", output);
  }

  @TestFactory
  Stream<DynamicTest> autoencoder() throws IOException {
    return cases(
        "vae",
        (c, path) -> {
          try (Autoencoder vae = Autoencoder.open(new PictureFolder(path))) {
            Map<String, Tensor> seen = new LinkedHashMap<>();
            Tap tap =
                (module, x) -> {
                  seen.put(module, x);
                  return x;
                };
            Autoencoder.Latents latents = vae.encode(c.input("vae.image"), tap);
            Tensor sample = latents.sample(c.input("vae.noise"));
            seen.put("mean", latents.mean());
            seen.put("logvar", latents.logVariance());
            seen.put("sample", sample);
            seen.put("latent", sample.mul(new Scalar(vae.shape().scaling())));
            seen.put("decoded", vae.decode(c.input("vae.z"), tap));
            for (String stored : c.expected.names()) {
              if (stored.startsWith("vae.")) {
                String module = stored.substring("vae.".length());
                assertThat(seen).containsKey(module);
                c.near(stored, seen.get(module));
              }
            }
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> textEncoder() throws IOException {
    return cases("text_encoder", (c, path) -> texts(c, path, "text.", "ids"));
  }

  @TestFactory
  Stream<DynamicTest> secondTextEncoder() throws IOException {
    return cases("text_encoder_2", (c, path) -> texts(c, path, "text_2.", "ids_2"));
  }

  private static void texts(Case c, Path path, String prefix, String ids) throws IOException {
    List<int[]> all = new ArrayList<>();
    for (JsonNode index : c.facts.path("encoded")) {
      all.add(ids(c.stored.path("tokens").get(index.asInt()).path(ids)));
    }
    try (ClipTextEncoder encoder = ClipTextEncoder.open(new PictureFolder(path))) {
      ClipTextEncoder.Encoded encoded = encoder.encode(all);
      for (int row = 0; row < all.size(); row++) {
        String text = prefix + c.facts.path("encoded").get(row).asInt() + ".";
        for (int layer = 0; layer < encoded.hidden().size(); layer++) {
          c.near(text + "hidden_states." + layer, encoded.hidden().get(layer).select(0, row));
        }
        c.near(text + "last_hidden_state", encoded.last().select(0, row));
        c.near(text + "pooler_output", encoded.pooled().select(0, row));
        if (c.expected.has(text + "text_embeds")) {
          c.near(text + "text_embeds", encoded.projected().orElseThrow().select(0, row));
        }
      }
    }
  }

  private static int[] ids(JsonNode list) {
    int[] ids = new int[list.size()];
    Arrays.setAll(ids, i -> list.get(i).asInt());
    return ids;
  }

  @TestFactory
  Stream<DynamicTest> tokenizer() throws IOException {
    return cases("tokenizer", (c, path) -> tokens(c, path, "ids", "count"));
  }

  @TestFactory
  Stream<DynamicTest> secondTokenizer() throws IOException {
    return cases("tokenizer_2", (c, path) -> tokens(c, path, "ids_2", "count_2"));
  }

  private static void tokens(Case c, Path path, String ids, String count) throws IOException {
    try (ClipTokenizer tokenizer = ClipTokenizer.open(path)) {
      for (JsonNode prompt : c.stored.path("tokens")) {
        String text = prompt.path("text").asText();
        assertThat(tokenizer.encode(text)).as(text).isEqualTo(ids(prompt.path(ids)));
        assertThat(tokenizer.count(text)).as(text).isEqualTo(prompt.path(count).asInt());
      }
    }
  }

  /** The small files, widened. */
  @TestFactory
  Stream<DynamicTest> halfPrecisionFiles() throws IOException {
    return cases("unet", PipelineStagesFixtureTest::half);
  }

  private static void half(Case c, Path path) throws IOException {
    Assumptions.assumeTrue(c.expected.has("fp16.unet"), "skipped: no fp16 files in this case");
    try (UNet net = UNet.open(new PictureFolder(path, "fp16"));
        Autoencoder vae = Autoencoder.open(new PictureFolder(path.resolveSibling("vae"), "fp16"));
        ClipTextEncoder first =
            ClipTextEncoder.open(new PictureFolder(path.resolveSibling("text_encoder"), "fp16"));
        ClipTextEncoder second =
            ClipTextEncoder.open(
                new PictureFolder(path.resolveSibling("text_encoder_2"), "fp16"))) {
      Tensor sample = c.input("unet.square.sample");
      double[] time = doubles(c, "unet.square.timestep");
      c.near("fp16.unet", net.apply(sample, time, condition(c, "unet.square."), Tap.NONE));
      c.near("fp16.decoded", vae.decode(c.input("vae.z"), Tap.NONE));
      List<int[]> prompt = List.of(ids(c.stored.path("tokens").get(0).path("ids_2")));
      c.near("fp16.text_embeds", second.encode(prompt).projected().orElseThrow());
      c.near("fp16.text", first.encode(prompt).last());
    }
  }
}
