package org.sememe.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.models.encoder.EncoderModel;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;

/** Tiny encoders against the values of their original implementation. */
class EncoderFolderFixtureTest {
  private static final Set<String> INPUTS =
      Set.of("input_ids", "attention_mask", "position_ids", "token_type_ids", "labels");

  private static final Set<String> RESULTS =
      Set.of("ce", "ce_mask", "last_hidden_state", "pooler_output", "sentence_embedding");

  private static final Set<String> OTHERS =
      Stream.concat(INPUTS.stream(), RESULTS.stream()).collect(Collectors.toUnmodifiableSet());

  @TempDir Path temporary;

  @TestFactory
  Stream<DynamicTest> everyFolder() throws Exception {
    Torch.start(2);
    return ModelCases.tests(/* encoders= */ true, temporary, EncoderFolderFixtureTest::check);
  }

  private static void check(Path folder, FixtureTensors values, JsonNode facts) throws Exception {
    assertThatThrownBy(() -> Models.open(folder)).hasMessageContaining("is an encoder");
    try (Network network = Models.openNetwork(folder)) {
      EncoderModel model = (EncoderModel) network;
      TokenBatch batch = batch(values, "");
      activations(model, values, batch, "");
      results(model, values, batch, "");
      if (values.has("left.input_ids")) {
        TokenBatch left = batch(values, "left.");
        assertThat(left.positions()).isEqualTo(values.longs("left.position_ids"));
        activations(model, values, left, "left.");
        results(model, values, left, "left.");
      }
      edited(model, values, facts, batch);
      if (values.has("labels")) {
        crossEntropy(model, values, facts, batch);
        logitGradients(model, values, facts.path("grad_logit"), batch);
      }
      if (model.sentences().isPresent()) {
        cosineGradients(model, values, batch);
      }
    }
  }

  private static TokenBatch batch(FixtureTensors values, String prefix) {
    List<int[]> rows = values.sequences(prefix + "input_ids", prefix + "attention_mask");
    TokenBatch batch = prefix.isEmpty() ? TokenBatch.of(rows) : TokenBatch.leftPadded(rows);
    return batch.withSegments(
        values.sequences(prefix + "token_type_ids", prefix + "attention_mask"));
  }

  private static void activations(
      EncoderModel model, FixtureTensors values, TokenBatch batch, String prefix) {
    String[] hooks = ModelCases.stored(model.hookPoints(), values, prefix, OTHERS);
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

  /** The last activations and what is made of them, where it is stored. */
  private static void results(
      EncoderModel model, FixtureTensors values, TokenBatch batch, String prefix) {
    HookPlan plan = HookPlan.builder().capture(model.lastHidden().name()).build();
    try (PointerScope scope = new PointerScope();
        Forward forward = model.run(batch, plan)) {
      Tensor hidden = forward.activation(model.lastHidden().name());
      close(hidden, values, prefix + "last_hidden_state", batch.mask());
      boolean[] all = ModelCases.all(batch.sequences());
      if (values.has(prefix + "pooler_output")) {
        Tensor pooled = model.pooled(hidden, batch).orElseThrow();
        close(pooled, values, prefix + "pooler_output", all);
      }
      if (values.has(prefix + "sentence_embedding")) {
        Tensor vectors = model.sentences().orElseThrow().embed(hidden, batch);
        close(vectors, values, prefix + "sentence_embedding", all);
      }
    }
  }

  private static void close(Tensor actual, FixtureTensors values, String name, boolean[] real) {
    if (values.has(name)) {
      assertThat(
              Distances.relativeToLargest(TensorMemory.floats(actual), values.floats(name), real))
          .as(name)
          .isLessThan(ModelCases.ACTIVATIONS);
    }
  }

  private static void edited(
      EncoderModel model, FixtureTensors values, JsonNode facts, TokenBatch batch) {
    String last = model.lastHidden().name();
    try (PointerScope scope = new PointerScope()) {
      float[] vector = values.floats("edit.vector");
      Tensor added = TensorMemory.floats(vector, vector.length);
      HookPlan.Builder plan =
          HookPlan.builder()
              .edit(
                  facts.path("edit").path("point").asText(), x -> x.mul(new Scalar(0.5)).add(added))
              .capture(last);
      boolean head = values.has("edit.logits");
      try (Forward forward = model.run(batch, (head ? plan.logits() : plan).build())) {
        Tensor hidden = forward.activation(last);
        close(hidden, values, "edit.last_hidden_state", batch.mask());
        if (head) {
          close(forward.logits(), values, "edit.logits", batch.mask());
        } else {
          close(
              model.sentences().orElseThrow().embed(hidden, batch),
              values,
              "edit.sentence_embedding",
              ModelCases.all(batch.sequences()));
        }
      }
    }
  }

  private static void logitGradients(
      EncoderModel model, FixtureTensors values, JsonNode facts, TokenBatch batch) {
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
      assertThat(logit.item_double())
          .isCloseTo(facts.path("logit").asDouble(), within(ModelCases.GRADIENTS));
      for (String hook : hooks) {
        float[] actual = TensorMemory.floats(forward.gradient(logit, hook).select(0, sequence));
        ModelCases.compareGradient(actual, values, "grad.logit." + hook, real);
      }
    }
  }

  private static void crossEntropy(
      EncoderModel model, FixtureTensors values, JsonNode facts, TokenBatch batch) {
    String[] hooks = ModelCases.stored(model.hookPoints(), values, "grad.ce.", Set.of());
    long b = batch.sequences();
    long t = batch.length();
    long[] labels =
        Arrays.stream(values.longs("labels")).map(label -> Math.max(label, 0)).toArray();
    try (PointerScope scope = new PointerScope();
        Forward forward = model.run(batch, HookPlan.builder().gradients(hooks).logits().build())) {
      Tensor ce =
          torch
              .log_softmax(forward.logits(), 2)
              .gather(2, TensorMemory.longs(labels, b, t).unsqueeze(2))
              .squeeze(2)
              .neg();
      Tensor mask = TensorMemory.floats(values.floats("ce_mask"), b, t);
      Tensor mean = ce.mul(mask).sum().div(mask.sum());
      close(ce.mul(mask), values, "ce", ModelCases.all((int) (b * t)));
      double expected = facts.path("ce_mean").asDouble();
      assertThat(mean.item_double())
          .as("mean ce")
          .isCloseTo(expected, within(expected * ModelCases.ACTIVATIONS));
      for (String hook : hooks) {
        ModelCases.compareGradient(
            TensorMemory.floats(forward.gradient(mean, hook)),
            values,
            "grad.ce." + hook,
            batch.mask());
      }
    }
  }

  private static void cosineGradients(EncoderModel model, FixtureTensors values, TokenBatch batch) {
    String[] hooks = ModelCases.stored(model.hookPoints(), values, "grad.cosine.", Set.of());
    String last = model.lastHidden().name();
    HookPlan.Builder plan = HookPlan.builder().gradients(hooks);
    try (PointerScope scope = new PointerScope();
        Forward forward = model.run(batch, plan.capture(last).build())) {
      Tensor vectors = model.sentences().orElseThrow().embed(forward.activation(last), batch);
      Tensor dot = vectors.select(0, 0).dot(vectors.select(0, 1));
      for (String hook : hooks) {
        ModelCases.compareGradient(
            TensorMemory.floats(forward.gradient(dot, hook)),
            values,
            "grad.cosine." + hook,
            batch.mask());
      }
    }
  }
}
