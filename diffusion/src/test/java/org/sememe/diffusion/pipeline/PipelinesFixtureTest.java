package org.sememe.diffusion.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.sememe.tensors.testing.TensorAssertions.assertClose;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.diffusion.sampling.Sampler;
import org.sememe.diffusion.testing.Expected;
import org.sememe.models.unet.PictureCondition;
import org.sememe.models.unet.Tap;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.Fixtures;

/** Whole samplings of pipelines against diffusers'. */
class PipelinesFixtureTest {
  @TempDir Path temporary;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  @TestFactory
  Stream<DynamicTest> everyRun() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path folder : Expected.folders(Fixtures.require("diffusion/pipelines"), "case.json")) {
      JsonNode stored = Expected.json(folder.resolve("expected.json"));
      JsonNode facts = Expected.json(folder.resolve("case.json"));
      for (int i = 0; i < facts.path("runs").size(); i++) {
        Run run = new Run(folder, facts, stored, i);
        tests.add(DynamicTest.dynamicTest(folder.getFileName() + " " + run.name(), run::check));
      }
    }
    return tests.stream();
  }

  private record Run(Path folder, JsonNode facts, JsonNode stored, int index) {
    private JsonNode asked() {
      return facts.path("runs").get(index);
    }

    String name() {
      return asked().path("name").asText();
    }

    private String at(String value) {
      return "run." + name() + "." + value;
    }

    private PictureRequest request() {
      List<String> prompts = new ArrayList<>();
      asked()
          .path("prompts")
          .forEach(i -> prompts.add(facts.path("prompts").get(i.asInt()).asText()));
      JsonNode made = stored.path("runs").get(index);
      Optional<PictureRequest.Micro> micro =
          asked().has("original")
              ? Optional.of(
                  new PictureRequest.Micro(
                      size(asked().path("original")),
                      asked().path("crop").get(0).asInt(),
                      asked().path("crop").get(1).asInt(),
                      size(asked().path("target"))))
              : Optional.empty();
      return new PictureRequest(
          prompts,
          asked().path("steps").asInt(),
          new Guidance(asked().path("guidance").asDouble(), asked().path("rescale").asDouble(0)),
          asked().hasNonNull("negative")
              ? Optional.of(asked().path("negative").asText())
              : Optional.empty(),
          asked().has("latent")
              ? Optional.of(
                  new PictureRequest.Size(made.path("height").asInt(), made.path("width").asInt()))
              : Optional.empty(),
          micro);
    }

    private static PictureRequest.Size size(JsonNode pair) {
      return new PictureRequest.Size(pair.get(0).asInt(), pair.get(1).asInt());
    }

    void check() throws IOException {
      try (LatentPipeline pipeline = LatentPipeline.open(folder.resolve("model"), "");
          Expected inputs = new Expected(folder.resolve("inputs.safetensors"));
          Expected expected = new Expected(folder.resolve("expected.safetensors"));
          PointerScope scope = new PointerScope()) {
        PictureRequest request = request();
        JsonNode made = stored.path("runs").get(index);
        Sampler sampler = Sampler.of(pipeline.scheduler(), request.steps(), 1);
        assertClose(
            "timesteps", sampler.levels().timesteps(), numbers(made.path("timesteps")), 1e-6);
        assertClose("sigmas", sampler.levels().sigmas(), numbers(made.path("sigmas")), 1e-5);
        assertThat(sampler.startScale())
            .isCloseTo(made.path("init_noise_sigma").asDouble(), within(1e-4));

        PictureCondition condition = pipeline.condition(request);
        near(expected, "prompt_embeds", condition.text().orElseThrow());
        if (expected.has(at("text_embeds"))) {
          near(expected, "text_embeds", condition.pooled().orElseThrow().text());
          assertThat(condition.pooled().orElseThrow().sizes())
              .isEqualTo(expected.doubles(at("time_ids")));
        }
        double[] latents =
            pipeline.denoise(
                request,
                condition,
                noise(inputs),
                Tap.NONE,
                (step, input, output, next) -> {
                  near(expected, "unet_input." + step, input);
                  near(expected, "unet_output." + step, output);
                  String stage = "latents." + step;
                  assertClose(stage, next, expected.doubles(at(stage)), tolerance(stage));
                });
        Tensor image = pipeline.decode(request, latents);
        if (expected.has(at("image"))) {
          near(expected, "image", image);
        }
        bytes(expected, Pictures.of(image));
        bytes(expected, pipeline.draw(request, noise(inputs), Tap.NONE));
      }
    }

    private void bytes(Expected expected, Pictures pictures) {
      assertThat(
              new long[] {
                pictures.count(), pictures.height(), pictures.width(), pictures.channels()
              })
          .isEqualTo(expected.shape(at("image_u8")));
      double[] want = expected.doubles(at("image_u8"));
      for (int i = 0; i < want.length; i++) {
        assertThat((double) Byte.toUnsignedInt(pictures.values()[i]))
            .isCloseTo(want[i], within(1.0));
      }
    }

    private Noise noise(Expected inputs) {
      double[] steps =
          inputs.has(at("step_noise")) ? inputs.doubles(at("step_noise")) : new double[0];
      return new Noise() {
        @Override
        public double[] start(int size) {
          return inputs.doubles(at("noise"));
        }

        @Override
        public double[] step(int step, int size) {
          return Arrays.copyOfRange(steps, step * size, (step + 1) * size);
        }
      };
    }

    private double tolerance(String value) {
      return stored.path("tolerance").path(at(value)).asDouble();
    }

    private void near(Expected expected, String value, Tensor actual) {
      assertThat(TensorMemory.shape(actual)).as(value).isEqualTo(expected.shape(at(value)));
      assertClose(
          at(value), TensorMemory.doubles(actual), expected.doubles(at(value)), tolerance(value));
    }

    private static double[] numbers(JsonNode list) {
      double[] values = new double[list.size()];
      Arrays.setAll(values, i -> list.get(i).asDouble());
      return values;
    }
  }

  /** The same seed gives the same picture, another seed another one. */
  @Test
  void seeds() throws IOException {
    Path folder = first();
    try (LatentPipeline pipeline = LatentPipeline.open(folder.resolve("model"), "")) {
      PictureRequest request = request(32);
      byte[] once = pipeline.draw(request, Noise.seeded(3), Tap.NONE).values();
      byte[] again = pipeline.draw(request, Noise.seeded(3), Tap.NONE).values();
      byte[] other = pipeline.draw(request, Noise.seeded(4), Tap.NONE).values();
      assertThat(again).isEqualTo(once);
      assertThat(other).isNotEqualTo(once);
    }
  }

  private static Path first() throws IOException {
    return Expected.folders(Fixtures.require("diffusion/pipelines"), "case.json").getFirst();
  }

  private static PictureRequest request(int side) {
    return new PictureRequest(
        List.of("a cat"),
        2,
        Guidance.NONE,
        Optional.empty(),
        Optional.of(new PictureRequest.Size(side, side)),
        Optional.empty());
  }

  @Test
  void wrongRequestsAndFoldersAreRefused() throws IOException {
    Path folder = first();
    try (LatentPipeline pipeline = LatentPipeline.open(folder.resolve("model"), "")) {
      assertThatThrownBy(() -> pipeline.draw(request(33), Noise.seeded(1), Tap.NONE))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("33 pixels");
    }
    assertThatThrownBy(() -> LatentPipeline.open(folder, ""))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("model_index.json");
    Files.writeString(temporary.resolve("model_index.json"), "{\"_class_name\": \"FluxPipeline\"}");
    assertThatThrownBy(() -> LatentPipeline.open(temporary, ""))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("FluxPipeline");
  }
}
