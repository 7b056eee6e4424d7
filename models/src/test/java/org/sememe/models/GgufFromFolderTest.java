package org.sememe.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sememe.models.testing.GgufWriter;
import org.sememe.models.testing.GgufWriter.Values;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.Fixtures;

/** Causal models of the fixtures, written as GGUF files, give the folder's values. */
class GgufFromFolderTest {
  private static final Set<String> INPUTS = Set.of("input_ids", "attention_mask", "ce", "ce_mask");

  @TempDir Path temporary;

  @TestFactory
  Stream<DynamicTest> everyFamily() throws Exception {
    Torch.start(2);
    return ModelCases.tests(/* encoders= */ false, temporary, this::check)
        .filter(test -> !test.getDisplayName().endsWith("old.json"))
        .filter(test -> !test.getDisplayName().contains("_bin"));
  }

  /** Against the stored values where a GGUF file can say all options, else against the folder. */
  private void check(Path folder, FixtureTensors values, JsonNode facts) throws Exception {
    JsonNode config = GgufFromFolder.read(folder);
    ObjectNode expressible = GgufFromFolder.expressible(config);
    same(folder, expressible, values, expressible.equals(config));
  }

  /** Phi 3's factors for long contexts: the third sequence takes the others. */
  @Test
  void longRotaryPositions() throws Exception {
    Path fixture = Fixtures.require("models/phi3");
    Path folder = Files.createDirectory(temporary.resolve("long"));
    Files.copy(fixture.resolve("model.safetensors"), folder.resolve("model.safetensors"));
    ObjectNode config = (ObjectNode) GgufFromFolder.read(fixture);
    ObjectNode rotary = (ObjectNode) config.path("rope_parameters");
    rotary.put("rope_type", "longrope").put("original_max_position_embeddings", 16);
    rotary.put("attention_factor", 1.25);
    int headWidth = config.path("hidden_size").asInt() / config.path("num_attention_heads").asInt();
    int pairs = (int) (headWidth * rotary.path("partial_rotary_factor").asDouble() / 2);
    for (int i = 0; i < pairs; i++) {
      rotary.withArray("short_factor").add(1 + 0.25 * i);
      rotary.withArray("long_factor").add(2 + 0.5 * i);
    }
    try (FixtureTensors values = new FixtureTensors(fixture.resolve("expected.safetensors"))) {
      same(folder, config, values, /* stored= */ false);
    }
  }

  private void same(Path folder, ObjectNode config, FixtureTensors values, boolean stored)
      throws Exception {
    new ObjectMapper().writeValue(folder.resolve("config.json").toFile(), config);
    Path file = GgufFromFolder.write(folder, temporary.resolve(folder.getFileName() + ".gguf"));
    try (LanguageModel expected = Models.open(folder);
        LanguageModel model = Models.open(file)) {
      assertThat(model.hookPoints()).isEqualTo(expected.hookPoints());
      String[] hooks = ModelCases.stored(model.hookPoints(), values, "", INPUTS);
      assertThat(hooks).contains(HookPoint.LOGITS);
      HookPlan plan = HookPlan.builder().capture(hooks).build();
      TokenBatch batch = TokenBatch.of(values.sequences("input_ids", "attention_mask"));
      try (Forward forward = model.run(batch, plan);
          Forward ofFolder = expected.run(batch, plan)) {
        for (String hook : hooks) {
          if (stored) {
            ModelCases.compare(forward, model.hookPoint(hook), values, "", batch);
          } else {
            close(hook, forward, ofFolder);
          }
        }
      }
    }
  }

  /** Padding and masked scores hold the same values in both. */
  private static void close(String hook, Forward forward, Forward ofFolder) {
    float[] actual = TensorMemory.floats(forward.activation(hook));
    float[] expected = TensorMemory.floats(ofFolder.activation(hook));
    float largest = 0;
    float apart = 0;
    for (int i = 0; i < expected.length; i++) {
      if (Float.isFinite(expected[i])) {
        largest = Math.max(largest, Math.abs(expected[i]));
        apart = Math.max(apart, Math.abs(actual[i] - expected[i]));
      } else {
        assertThat(actual[i]).as(hook).isEqualTo(expected[i]);
      }
    }
    assertThat(apart / largest).as(hook).isLessThan((float) ModelCases.ACTIVATIONS);
  }

  /** What is missing or not known is said with its key. */
  @ParameterizedTest
  @CsvSource({
    "mamba, general.architecture, gemma3",
    "gpt2, layer_norm_epsilon, gpt2.attention.layer_norm_epsilon",
    "gemma3, sliding_window_pattern, a list is not read",
    "llama, rope.scaling.type, rotary scaling 'yarn' is not known",
    "llama, rope_freqs.weight, rope_freqs.weight has a factor 0.0",
  })
  void refused(String architecture, String wrong, String said) throws Exception {
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("general.architecture", architecture);
    for (String key :
        List.of(
            "block_count",
            "embedding_length",
            "attention.head_count",
            "feed_forward_length",
            "context_length",
            "attention.sliding_window")) {
      metadata.put(architecture + "." + key, 2);
    }
    String eps = architecture.equals("gpt2") ? "layer_norm_epsilon" : "layer_norm_rms_epsilon";
    metadata.put(architecture + ".attention." + eps, 1e-5);
    metadata.put(architecture + ".attention.key_length", 2);
    Map<String, Values> tensors = new LinkedHashMap<>();
    tensors.put("token_embd.weight", new Values(new long[] {3, 2}, new float[6]));
    switch (wrong) {
      case "layer_norm_epsilon" -> metadata.remove("gpt2.attention.layer_norm_epsilon");
      case "sliding_window_pattern" ->
          metadata.put("gemma3.attention.sliding_window_pattern", List.of(true, false));
      case "rope.scaling.type" -> metadata.put("llama.rope.scaling.type", "yarn");
      case "rope_freqs.weight" -> tensors.put(wrong, new Values(new long[] {1}, new float[] {0}));
      default -> assertThat(wrong).isEqualTo("general.architecture");
    }
    Path file = GgufWriter.write(temporary.resolve("wrong.gguf"), metadata, tensors);
    assertThatThrownBy(() -> Models.open(file))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("wrong.gguf")
        .hasMessageContaining(said);
  }
}
