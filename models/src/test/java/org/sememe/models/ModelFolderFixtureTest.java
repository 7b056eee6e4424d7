package org.sememe.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.models.generation.GenerationOptions;
import org.sememe.models.generation.Generator;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.testing.Fixtures;

/** Tiny models of many families against the values of their original implementation. */
class ModelFolderFixtureTest {
  private static final double ACTIVATIONS = 2e-5;
  private static final double GRADIENTS = 1e-4;
  private static final List<String> KNOWN = List.of("llama", "mistral", "qwen2");

  @TempDir Path temporary;

  @TestFactory
  Stream<DynamicTest> everyFolder() throws Exception {
    Path root = Fixtures.require("models");
    try (Stream<Path> folders = Files.list(root)) {
      return folders.filter(Files::isDirectory).sorted().toList().stream()
          .flatMap(
              folder ->
                  Stream.of("config.json", "config.old.json")
                      .map(folder::resolve)
                      .filter(Files::exists)
                      .map(
                          config ->
                              DynamicTest.dynamicTest(
                                  folder.getFileName() + "/" + config.getFileName(),
                                  () -> check(folder, config))));
    }
  }

  private void check(Path folder, Path config) throws Exception {
    ObjectMapper json = new ObjectMapper();
    String family = json.readTree(config.toFile()).path("model_type").asText();
    Assumptions.assumeTrue(KNOWN.contains(family), () -> "family " + family + " is not read yet");
    JsonNode facts = json.readTree(folder.resolve("expected.json").toFile());
    String expected = facts.path("expected").asText("expected.safetensors");
    try (FixtureTensors values = new FixtureTensors(folder.resolve(expected));
        LanguageModel model = Models.open(withConfig(folder, config))) {
      JsonNode known =
          json.readTree(folder.resolve(expected).resolveSibling("expected.json").toFile());
      activations(model, values);
      if (values.has("left.input_ids")) {
        leftPadded(model, values);
      }
      greedy(model, values);
      if (values.has("edit.vector")) {
        edited(model, values, known);
      }
      if (known.has("grad_logit") && graded(model, values, "grad.logit.").length > 0) {
        logitGradients(model, values, known.path("grad_logit"));
        crossEntropyGradients(model, values);
      }
    }
  }

  /** A copy of the folder in which that config is the config.json. */
  private Path withConfig(Path folder, Path config) throws Exception {
    Path copy = Files.createTempDirectory(temporary, "model");
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.getFileName().toString().startsWith("model")).toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    Files.copy(config, copy.resolve("config.json"), StandardCopyOption.REPLACE_EXISTING);
    return copy;
  }

  private void activations(LanguageModel model, FixtureTensors values) {
    TokenBatch batch = TokenBatch.of(values.sequences("input_ids", "attention_mask"));
    compareAll(model, values, batch, "");
  }

  private void leftPadded(LanguageModel model, FixtureTensors values) {
    TokenBatch batch =
        TokenBatch.leftPadded(values.sequences("left.input_ids", "left.attention_mask"));
    assertThat(batch.positions()).isEqualTo(values.longs("left.position_ids"));
    compareAll(model, values, batch, "left.");
  }

  private void compareAll(
      LanguageModel model, FixtureTensors values, TokenBatch batch, String prefix) {
    String[] hooks =
        model.hookPoints().stream()
            .map(HookPoint::name)
            .filter(name -> values.has(prefix + name))
            .toArray(String[]::new);
    assertThat(hooks).contains(HookPoint.LOGITS);
    try (Forward forward = model.run(batch, HookPlan.builder().capture(hooks).build())) {
      for (String hook : hooks) {
        float[] actual = TensorMemory.floats(forward.activation(hook));
        double distance =
            Distances.relativeToLargest(actual, values.floats(prefix + hook), batch.mask());
        assertThat(distance).as(prefix + hook).isLessThan(ACTIVATIONS);
      }
    }
  }

  private void greedy(LanguageModel model, FixtureTensors values) {
    int[] prompt = values.ints("greedy.prompt");
    int[] expected = values.ints("greedy.ids");
    assertThat(Generator.generate(model, prompt, GenerationOptions.greedy(expected.length)).ids())
        .as("greedy ids")
        .isEqualTo(expected);
  }

  private void edited(LanguageModel model, FixtureTensors values, JsonNode facts) {
    TokenBatch batch = TokenBatch.of(values.sequences("input_ids", "attention_mask"));
    try (PointerScope scope = new PointerScope()) {
      float[] vector = values.floats("edit.vector");
      Tensor added = TensorMemory.floats(vector, vector.length);
      HookPlan plan =
          HookPlan.builder()
              .edit(
                  facts.path("edit").path("point").asText(), x -> x.mul(new Scalar(0.5)).add(added))
              .logits()
              .build();
      try (Forward forward = model.run(batch, plan)) {
        double distance =
            Distances.relativeToLargest(
                TensorMemory.floats(forward.logits()), values.floats("edit.logits"), batch.mask());
        assertThat(distance).as("edit.logits").isLessThan(ACTIVATIONS);
      }
    }
  }

  private void logitGradients(LanguageModel model, FixtureTensors values, JsonNode facts) {
    int sequence = facts.path("sequence").asInt();
    TokenBatch batch = TokenBatch.of(values.sequences("input_ids", "attention_mask"));
    String[] hooks = graded(model, values, "grad.logit.");
    try (PointerScope scope = new PointerScope();
        Forward forward = model.run(batch, HookPlan.builder().gradients(hooks).logits().build())) {
      Tensor logit =
          forward
              .logits()
              .select(0, sequence)
              .select(0, facts.path("position").asLong())
              .select(0, facts.path("token").asLong());
      for (String hook : hooks) {
        float[] actual = TensorMemory.floats(forward.gradient(logit, hook).select(0, sequence));
        boolean[] real = new boolean[batch.length()];
        for (int column = 0; column < real.length; column++) {
          real[column] = batch.real(sequence, column);
        }
        assertThat(Distances.relativeToLargest(actual, values.floats("grad.logit." + hook), real))
            .as("grad.logit.%s", hook)
            .isLessThan(GRADIENTS);
      }
    }
  }

  private void crossEntropyGradients(LanguageModel model, FixtureTensors values) {
    TokenBatch batch = TokenBatch.of(values.sequences("input_ids", "attention_mask"));
    String[] hooks = graded(model, values, "grad.ce.");
    long b = batch.sequences();
    long t = batch.length();
    try (PointerScope scope = new PointerScope();
        Forward forward = model.run(batch, HookPlan.builder().gradients(hooks).logits().build())) {
      Tensor targets = TensorMemory.longs(batch.ids(), b, t).narrow(1, 1, t - 1).unsqueeze(2);
      Tensor ce =
          torch
              .log_softmax(forward.logits().narrow(1, 0, t - 1), 2)
              .gather(2, targets)
              .squeeze(2)
              .neg();
      Tensor mask = TensorMemory.floats(values.floats("ce_mask"), b, t - 1);
      Tensor mean = ce.mul(mask).sum().div(mask.sum());
      boolean[] all = new boolean[(int) (b * (t - 1))];
      Arrays.fill(all, true);
      assertThat(
              Distances.relativeToLargest(
                  TensorMemory.floats(ce.mul(mask)), values.floats("ce"), all))
          .as("ce")
          .isLessThan(ACTIVATIONS);
      for (String hook : hooks) {
        assertThat(
                Distances.relativeToLargest(
                    TensorMemory.floats(forward.gradient(mean, hook)),
                    values.floats("grad.ce." + hook),
                    batch.mask()))
            .as("grad.ce.%s", hook)
            .isLessThan(GRADIENTS);
      }
    }
  }

  private static String[] graded(LanguageModel model, FixtureTensors values, String prefix) {
    return model.hookPoints().stream()
        .map(HookPoint::name)
        .filter(name -> values.has(prefix + name))
        .toArray(String[]::new);
  }
}
