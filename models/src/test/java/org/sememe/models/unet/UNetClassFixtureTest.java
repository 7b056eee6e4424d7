package org.sememe.models.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sememe.tensors.testing.TensorAssertions.assertClose;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.models.FixtureTensors;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFile;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.Fixtures;
import org.sememe.tensors.testing.LeakMeter;

/** Class-conditional U-Nets over pixels against the values of diffusers' UNet2DModel. */
class UNetClassFixtureTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String GRADIENT = "grad.";

  @TempDir Path temporary;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  private static List<Path> folders() throws IOException {
    try (Stream<Path> all = Files.list(Fixtures.require("diffusion/unet-class"))) {
      return all.filter(path -> Files.exists(path.resolve("model"))).sorted().toList();
    }
  }

  @TestFactory
  Stream<DynamicTest> everyFolder() throws IOException {
    return folders().stream()
        .map(
            folder ->
                DynamicTest.dynamicTest(folder.getFileName().toString(), () -> check(folder)));
  }

  private static void check(Path folder) throws IOException {
    JsonNode facts = JsonFile.read(JSON, folder.resolve("expected.json"));
    JsonNode tolerance = facts.path("tolerance");
    try (UNet net = UNet.open(new PictureFolder(folder.resolve("model")));
        FixtureTensors inputs = new FixtureTensors(folder.resolve("inputs.safetensors"));
        FixtureTensors expected = new FixtureTensors(folder.resolve("expected.safetensors"));
        PointerScope scope = new PointerScope()) {
      assertThat(net.parameters().values().stream().mapToLong(Tensor::numel).sum())
          .isEqualTo(facts.path("parameters").asLong());
      Set<String> compared = new HashSet<>();
      net.parameters().values().forEach(parameter -> parameter.set_requires_grad(true));
      Tensor sample = tensor(inputs, "sample").set_requires_grad(true);
      PictureCondition classes =
          PictureCondition.ofClasses(
              TensorMemory.longs(inputs.longs("class_labels"), inputs.shape("class_labels")));
      Map<String, Tensor> seen = new LinkedHashMap<>();
      double[] times = Arrays.stream(inputs.longs("timestep")).asDoubleStream().toArray();
      Tensor output =
          net.apply(
              sample,
              times,
              classes,
              (name, activation) -> {
                seen.put(name, activation);
                return activation;
              });
      seen.put("output", output);
      Tensor loss = output.sub(tensor(inputs, "target")).pow(new Scalar(2.0)).mean();
      seen.put("loss", loss.reshape(1));
      seen.put("output.t7", net.apply(sample, new double[] {7}, classes, Tap.NONE));
      gradients(net, sample, loss).forEach((name, value) -> seen.put(GRADIENT + name, value));
      for (String name : expected.names()) {
        assertThat(seen).as("what was computed").containsKey(name);
        assertThat(TensorMemory.shape(seen.get(name))).as(name).isEqualTo(expected.shape(name));
        assertClose(
            name,
            TensorMemory.floats(seen.get(name)),
            expected.floats(name),
            tolerance.path(name).asDouble());
        compared.add(name);
      }
      assertThat(compared).isEqualTo(Set.copyOf(expected.names()));
    }
  }

  private static Tensor tensor(FixtureTensors values, String name) {
    return TensorMemory.floats(values.floats(name), values.shape(name));
  }

  private static Map<String, Tensor> gradients(UNet net, Tensor sample, Tensor loss) {
    Map<String, Tensor> all = new LinkedHashMap<>();
    all.put("sample", sample);
    all.putAll(net.parameters());
    TensorVector found =
        torch.grad(
            new TensorVector(loss),
            new TensorVector(all.values().toArray(Tensor[]::new)),
            new TensorVector(),
            new BoolOptional(false),
            /* create_graph= */ false,
            /* allow_unused= */ false);
    Map<String, Tensor> result = new LinkedHashMap<>();
    for (String name : all.keySet()) {
      result.put(name, found.get(result.size()));
    }
    return result;
  }

  @Test
  void aTapReplacesWhatFlowsOn() throws IOException {
    Path folder = folders().getFirst();
    try (UNet net = UNet.open(new PictureFolder(folder.resolve("model")));
        FixtureTensors inputs = new FixtureTensors(folder.resolve("inputs.safetensors"));
        PointerScope scope = new PointerScope()) {
      PictureCondition classes =
          PictureCondition.ofClasses(
              TensorMemory.longs(inputs.longs("class_labels"), inputs.shape("class_labels")));
      Tensor sample = tensor(inputs, "sample");
      Tensor plain = net.apply(sample, new double[] {3}, classes, Tap.NONE);
      Tensor edited =
          net.apply(
              sample,
              new double[] {3},
              classes,
              (name, x) -> name.equals("conv_out") ? x.add(new Scalar(2.0)) : x);
      assertClose(edited, plain.add(new Scalar(2.0)), 1e-7);
    }
  }

  @Test
  void runsLeakNothing() throws Exception {
    Path folder = folders().getFirst();
    try (UNet net = UNet.open(new PictureFolder(folder.resolve("model")));
        FixtureTensors inputs = new FixtureTensors(folder.resolve("inputs.safetensors"))) {
      LeakMeter.assertFlat(
          100,
          64L << 20,
          () -> {
            try (PointerScope scope = new PointerScope()) {
              PictureCondition classes =
                  PictureCondition.ofClasses(
                      TensorMemory.longs(
                          inputs.longs("class_labels"), inputs.shape("class_labels")));
              net.apply(tensor(inputs, "sample"), new double[] {3}, classes, Tap.NONE);
            }
          });
    }
  }

  @Test
  void wrongInputsSayWhatIsNeeded() throws IOException {
    Path folder = folders().getFirst();
    try (UNet net = UNet.open(new PictureFolder(folder.resolve("model")));
        FixtureTensors inputs = new FixtureTensors(folder.resolve("inputs.safetensors"));
        PointerScope scope = new PointerScope()) {
      Tensor sample = tensor(inputs, "sample");
      double[] time = {1};
      assertThatThrownBy(() -> net.apply(sample, time, PictureCondition.NOTHING, Tap.NONE))
          .hasMessageContaining("classes");
      assertThatThrownBy(
              () -> net.apply(sample.select(0, 0), time, PictureCondition.NOTHING, Tap.NONE))
          .hasMessageContaining("height, width");
      assertThatThrownBy(() -> net.apply(sample, new double[9], PictureCondition.NOTHING, Tap.NONE))
          .hasMessageContaining("9 timesteps");
    }
  }

  /** Each option changed to something that is not known, or dropped, is named. */
  @Test
  void damagedOptionsAreRefused() throws IOException {
    Path model = folders().getFirst().resolve("model");
    String config = Files.readString(model.resolve("config.json"));
    Map<String, String> damages =
        Map.of(
            "\"UNet2DModel\"", "\"VQModel\"",
            "\"act_fn\": \"silu\"", "\"act_fn\": \"mish\"",
            "DownBlock2D", "KDownBlock2D",
            "\"norm_num_groups\": ", "\"norm_num_groups\": 10",
            "\"layers_per_block\": ", "\"layers_per_block\": -",
            "\"in_channels\": ", "\"in_channels\": 5");
    for (Path file : list(model)) {
      if (!file.endsWith("config.json")) {
        Files.copy(file, temporary.resolve(file.getFileName()));
      }
    }
    for (Map.Entry<String, String> damage : damages.entrySet()) {
      Files.writeString(
          temporary.resolve("config.json"), config.replace(damage.getKey(), damage.getValue()));
      assertThatThrownBy(() -> UNet.open(new PictureFolder(temporary)).close())
          .as(damage.getValue())
          .isInstanceOf(FormatException.class)
          .hasMessageContaining(temporary.toString());
    }
  }

  private static Set<Path> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.collect(Collectors.toSet());
    }
  }
}
