package org.sememe.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.models.generation.GenerationOptions;
import org.sememe.models.generation.Generator;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;

/** Tiny causal models of many families against the values of their original implementation. */
class ModelFolderFixtureTest {
  private static final Set<String> INPUTS =
      Set.of("input_ids", "attention_mask", "position_ids", "ce", "ce_mask");

  @TempDir Path temporary;

  @TestFactory
  Stream<DynamicTest> everyFolder() throws Exception {
    Torch.start(2);
    return ModelCases.tests(/* encoders= */ false, temporary, ModelFolderFixtureTest::check);
  }

  private static void check(Path folder, FixtureTensors values, JsonNode facts) throws Exception {
    try (LanguageModel model = Models.open(folder)) {
      TokenBatch batch = TokenBatch.of(values.sequences("input_ids", "attention_mask"));
      activations(model, values, batch, "");
      if (values.has("left.input_ids")) {
        TokenBatch left =
            TokenBatch.leftPadded(values.sequences("left.input_ids", "left.attention_mask"));
        assertThat(left.positions()).isEqualTo(values.longs("left.position_ids"));
        activations(model, values, left, "left.");
      }
      greedy(model, values);
      if (values.has("edit.vector")) {
        edited(model, values, facts, batch);
      }
      crossEntropy(model, values, facts, batch);
      if (values.names().stream().anyMatch(name -> name.startsWith("grad.logit."))) {
        logitGradients(model, values, facts.path("grad_logit"), batch);
      }
    }
  }

  /** All points in one run, then each in a run of its own, which may take the faster path. */
  private static void activations(
      LanguageModel model, FixtureTensors values, TokenBatch batch, String prefix) {
    String[] hooks = ModelCases.stored(model.hookPoints(), values, prefix, INPUTS);
    assertThat(hooks).contains(HookPoint.LOGITS);
    try (Forward forward = model.run(batch, HookPlan.builder().capture(hooks).build())) {
      for (String hook : hooks) {
        ModelCases.compare(forward, model.hookPoint(hook), values, prefix, batch);
      }
    }
    for (String hook : hooks) {
      try (Forward forward = model.run(batch, HookPlan.builder().capture(hook).build())) {
        ModelCases.compare(forward, model.hookPoint(hook), values, prefix, batch);
      }
    }
  }

  /** With a cache, as the generator runs it, and without: one run over prompt and reply. */
  private static void greedy(LanguageModel model, FixtureTensors values) {
    int[] prompt = values.ints("greedy.prompt");
    int[] expected = values.ints("greedy.ids");
    assertThat(Generator.generate(model, prompt, GenerationOptions.greedy(expected.length)).ids())
        .as("greedy ids")
        .isEqualTo(expected);
    int[] whole =
        IntStream.concat(IntStream.of(prompt), IntStream.of(expected).limit(expected.length - 1))
            .toArray();
    try (PointerScope scope = new PointerScope();
        Forward forward = model.run(TokenBatch.of(whole), HookPlan.builder().logits().build())) {
      Tensor logits = forward.logits().narrow(1, prompt.length - 1L, expected.length).contiguous();
      assertThat(
              Distances.relativeToLargest(
                  TensorMemory.floats(logits),
                  values.floats("greedy.logits"),
                  ModelCases.all(expected.length)))
          .as("greedy.logits without a cache")
          .isLessThan(ModelCases.ACTIVATIONS);
    }
    cached(model, values, prompt, expected);
  }

  private static void cached(
      LanguageModel model, FixtureTensors values, int[] prompt, int[] reply) {
    HookPlan last = HookPlan.builder().lastLogits().build();
    float[] expected = values.floats("greedy.logits");
    int vocabulary = model.info().vocabulary();
    float[] actual = new float[expected.length];
    try (KeyValueCache cache = model.newCache(1, prompt.length + reply.length)) {
      for (int i = 0; i < reply.length; i++) {
        TokenBatch next =
            i == 0 ? TokenBatch.of(prompt) : TokenBatch.continuing(cache.length(), reply[i - 1]);
        try (Forward forward = model.run(next, last, cache)) {
          System.arraycopy(
              TensorMemory.floats(forward.logits()), 0, actual, i * vocabulary, vocabulary);
        }
      }
    }
    assertThat(Distances.relativeToLargest(actual, expected, ModelCases.all(reply.length)))
        .as("greedy.logits with a cache")
        .isLessThan(ModelCases.ACTIVATIONS);
  }

  private static void edited(
      LanguageModel model, FixtureTensors values, JsonNode facts, TokenBatch batch) {
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
        assertThat(distance).as("edit.logits").isLessThan(ModelCases.ACTIVATIONS);
      }
    }
  }

  private static void logitGradients(
      LanguageModel model, FixtureTensors values, JsonNode facts, TokenBatch batch) {
    int sequence = facts.path("sequence").asInt();
    String[] hooks = ModelCases.stored(model.hookPoints(), values, "grad.logit.", Set.of());
    boolean[] real = new boolean[batch.length()];
    for (int column = 0; column < real.length; column++) {
      real[column] = batch.real(sequence, column);
    }
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
        ModelCases.compareGradient(actual, values, "grad.logit." + hook, real);
      }
    }
  }

  private static void crossEntropy(
      LanguageModel model, FixtureTensors values, JsonNode facts, TokenBatch batch) {
    boolean graded = values.names().stream().anyMatch(name -> name.startsWith("grad.ce."));
    String[] hooks =
        graded
            ? ModelCases.stored(model.hookPoints(), values, "grad.ce.", Set.of())
            : new String[0];
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
      assertThat(
              Distances.relativeToLargest(
                  TensorMemory.floats(ce.mul(mask)),
                  values.floats("ce"),
                  ModelCases.all((int) (b * (t - 1)))))
          .as("ce")
          .isLessThan(ModelCases.ACTIVATIONS);
      double expected = facts.path("ce_mean").asDouble();
      assertThat(mean.item_double())
          .as("mean ce")
          .isCloseTo(expected, within(expected * ModelCases.ACTIVATIONS));
      for (String hook : List.of(hooks)) {
        ModelCases.compareGradient(
            TensorMemory.floats(forward.gradient(mean, hook)),
            values,
            "grad.ce." + hook,
            batch.mask());
      }
    }
  }
}
