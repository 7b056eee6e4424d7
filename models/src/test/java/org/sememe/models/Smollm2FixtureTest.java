package org.sememe.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.sememe.models.generation.GenerationOptions;
import org.sememe.models.generation.Generator;
import org.sememe.models.testing.CachedModel;
import org.sememe.models.tokenizer.ChatMessage;
import org.sememe.models.tokenizer.Tokenizer;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.Fixtures;

/** The real default model, from the cache, against the values of the original implementation. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class Smollm2FixtureTest {
  private static final double VALUES = 5e-5;
  private static final double CROSS_ENTROPY = 1e-4;

  private JsonNode expected;
  private FixtureTensors values;
  private LanguageModel model;

  @BeforeAll
  void open() throws IOException {
    Path folder = Fixtures.require("smollm2");
    Path file = CachedModel.require(folder.getFileName().toString());
    Torch.start(2);
    expected = new ObjectMapper().readTree(folder.resolve("expected.json").toFile());
    values = new FixtureTensors(folder.resolve("expected.safetensors"));
    model = Models.open(file);
  }

  @AfterAll
  void close() {
    if (model != null) {
      model.close();
      values.close();
    }
  }

  @TestFactory
  Stream<DynamicTest> everyText() {
    List<DynamicTest> tests = new ArrayList<>();
    for (int i = 0; i < expected.path("texts").size(); i++) {
      JsonNode text = expected.path("texts").get(i);
      String prefix = i + ".";
      tests.add(DynamicTest.dynamicTest(i + " tokens", () -> tokens(text)));
      if (!text.path("ids").isEmpty()) {
        tests.add(DynamicTest.dynamicTest(i + " values", () -> text(text, prefix)));
        tests.add(DynamicTest.dynamicTest(i + " greedy", () -> greedy(text)));
      }
    }
    assertThat(tests).isNotEmpty();
    return tests.stream();
  }

  private void tokens(JsonNode text) {
    Tokenizer tokenizer = model.tokenizer();
    assertThat(tokenizer.encode(text.path("text").asText()).ids()).isEqualTo(ids(text, "ids"));
  }

  private void text(JsonNode text, String prefix) {
    int[] ids = ids(text, "ids");
    String[] hooks =
        model.hookPoints().stream()
            .map(HookPoint::name)
            .filter(name -> values.has(prefix + name))
            .toArray(String[]::new);
    assertThat(hooks).isNotEmpty();
    HookPlan plan = HookPlan.builder().capture(hooks).logits().build();
    try (Forward forward = model.run(TokenBatch.of(ids), plan)) {
      for (String hook : hooks) {
        assertThat(
                Distances.relativeL2(
                    TensorMemory.floats(forward.activation(hook)), values.floats(prefix + hook)))
            .as(hook)
            .isLessThan(VALUES);
      }
      float[] logits = TensorMemory.floats(forward.logits());
      int vocabulary = logits.length / ids.length;
      float[] last = Arrays.copyOfRange(logits, logits.length - vocabulary, logits.length);
      assertThat(Distances.relativeL2(last, values.floats(prefix + "logits_last")))
          .as("logits")
          .isLessThan(VALUES);
      top(logits, prefix);
      crossEntropy(logits, ids, text, prefix);
    }
  }

  /** The largest logits of every position; ids of near-equal ones may swap. */
  private void top(float[] logits, String prefix) {
    long[] shape = values.shape(prefix + "top_ids");
    int vocabulary = (int) (logits.length / shape[0]);
    int[] ids = values.ints(prefix + "top_ids");
    float[] top = values.floats(prefix + "top_values");
    float[] found = new float[top.length];
    for (int i = 0; i < top.length; i++) {
      found[i] = logits[(int) (i / shape[1]) * vocabulary + ids[i]];
    }
    assertThat(Distances.relativeL2(found, top)).as("top logits").isLessThan(VALUES);
  }

  private void crossEntropy(float[] logits, int[] ids, JsonNode text, String prefix) {
    if (ids.length < 2) {
      return;
    }
    int vocabulary = logits.length / ids.length;
    float[] expectedLosses = values.floats(prefix + "ce");
    assertThat(expectedLosses).hasSize(ids.length - 1);
    double sum = 0;
    for (int i = 0; i + 1 < ids.length; i++) {
      double loss = loss(logits, i * vocabulary, vocabulary, ids[i + 1]);
      assertThat(Math.abs(loss - expectedLosses[i])).as("ce %d", i).isLessThan(1e-3);
      sum += loss;
    }
    assertThat(Math.abs(sum / (ids.length - 1) - text.path("mean_ce").asDouble()))
        .as("mean ce")
        .isLessThan(CROSS_ENTROPY);
  }

  private static double loss(float[] logits, int from, int count, int target) {
    double most = Double.NEGATIVE_INFINITY;
    for (int i = from; i < from + count; i++) {
      most = Math.max(most, logits[i]);
    }
    double sum = 0;
    for (int i = from; i < from + count; i++) {
      sum += Math.exp(logits[i] - most);
    }
    return most + Math.log(sum) - logits[from + target];
  }

  private void greedy(JsonNode text) {
    int[] expectedIds = ids(text, "greedy_ids");
    int[] prompt = ids(text, "ids");
    int[] found =
        Generator.generate(model, prompt, GenerationOptions.greedy(expectedIds.length)).ids();
    if (prompt.length == 1) { // so short a prompt may go another way late
      int half = expectedIds.length / 2;
      assertThat(Arrays.copyOf(found, half)).isEqualTo(Arrays.copyOf(expectedIds, half));
      return;
    }
    assertThat(found).isEqualTo(expectedIds);
    assertThat(model.tokenizer().decode(found)).isEqualTo(text.path("greedy_text").asText());
  }

  @TestFactory
  Stream<DynamicTest> everyChat() {
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode chat : expected.path("chats")) {
      tests.add(DynamicTest.dynamicTest("chat " + tests.size(), () -> chat(chat)));
    }
    assertThat(tests).isNotEmpty();
    return tests.stream();
  }

  private void chat(JsonNode chat) {
    Tokenizer tokenizer = model.tokenizer();
    List<ChatMessage> messages = new ArrayList<>();
    for (JsonNode message : chat.path("messages")) {
      messages.add(
          new ChatMessage(message.path("role").asText(), message.path("content").asText()));
    }
    String rendered = tokenizer.applyChatTemplate(messages, true);
    assertThat(rendered).isEqualTo(chat.path("rendered").asText());
    int[] prompt = tokenizer.encode(rendered).ids();
    assertThat(prompt).isEqualTo(ids(chat, "ids"));
    int[] reply = ids(chat, "greedy_ids");
    GenerationOptions options =
        GenerationOptions.greedy(reply.length).withStopIds(tokenizer.stopIds());
    int[] found = Generator.generate(model, prompt, options).ids();
    assertThat(found).isEqualTo(reply);
    assertThat(tokenizer.decode(found)).isEqualTo(chat.path("greedy_text").asText());
  }

  @Test
  void gradient() {
    JsonNode facts = expected.path("grad");
    String prefix = "grad.";
    int[] ids = ids(expected.path("texts").get(facts.path("text").asInt()), "ids");
    Set<String> graded = new HashSet<>(values.names());
    String[] hooks =
        model.hookPoints().stream()
            .map(HookPoint::name)
            .filter(name -> graded.contains(prefix + name))
            .toArray(String[]::new);
    assertThat(hooks).isNotEmpty();
    HookPlan plan = HookPlan.builder().gradients(hooks).lastLogits().build();
    try (PointerScope scope = new PointerScope();
        Forward forward = model.run(TokenBatch.of(ids), plan)) {
      Tensor logit = forward.logits().flatten().select(0, facts.path("token").asLong());
      for (String hook : hooks) {
        assertThat(
                Distances.relativeL2(
                    TensorMemory.floats(forward.gradient(logit, hook)),
                    values.floats(prefix + hook)))
            .as(hook)
            .isLessThan(VALUES);
      }
    }
  }

  @Test
  void edit() {
    JsonNode facts = expected.path("edit");
    int[] ids = ids(expected.path("texts").get(facts.path("text").asInt()), "ids");
    double scale = Double.parseDouble(facts.path("add").asText().split(" ")[0]);
    Assumptions.assumeTrue(facts.path("layer").isInt(), "no edit in these fixtures");
    try (PointerScope scope = new PointerScope()) {
      float[] direction = values.floats("edit.direction");
      for (int i = 0; i < direction.length; i++) {
        direction[i] *= (float) scale;
      }
      Tensor added = TensorMemory.floats(direction, direction.length);
      HookPlan plan =
          HookPlan.builder()
              .edit("blocks." + facts.path("layer").asInt() + ".hook_resid_post", x -> x.add(added))
              .lastLogits()
              .build();
      try (Forward forward = model.run(TokenBatch.of(ids), plan)) {
        assertThat(
                Distances.relativeL2(
                    TensorMemory.floats(forward.logits()), values.floats("edit.logits_last")))
            .isLessThan(VALUES);
      }
    }
  }

  private static int[] ids(JsonNode node, String field) {
    int[] ids = new int[node.path(field).size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = node.path(field).get(i).asInt();
    }
    return ids;
  }
}
