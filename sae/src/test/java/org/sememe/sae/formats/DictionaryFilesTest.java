package org.sememe.sae.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.safetensors.SafetensorsFile;
import org.sememe.tensors.testing.Fixtures;
import org.sememe.tensors.testing.TensorAssertions;

/** Every dictionary that another library wrote, told by its files, against its own outputs. */
class DictionaryFilesTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double FLOAT32 = 1e-5;
  private static final double NARROW = 2e-2;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  @TestFactory
  List<DynamicContainer> everyCase() throws IOException {
    List<DynamicContainer> libraries = new ArrayList<>();
    for (Path library : folders(Fixtures.require("formats"))) {
      List<DynamicTest> cases = new ArrayList<>();
      for (Path one : folders(library)) {
        if (Files.exists(one.resolve("checkpoint"))) {
          cases.add(DynamicTest.dynamicTest(one.getFileName().toString(), () -> check(one)));
        }
      }
      libraries.add(DynamicContainer.dynamicContainer(library.getFileName().toString(), cases));
    }
    return libraries;
  }

  private static List<Path> folders(Path parent) throws IOException {
    try (Stream<Path> all = Files.list(parent)) {
      return all.filter(Files::isDirectory).sorted().toList();
    }
  }

  private static void check(Path one) throws IOException {
    JsonNode facts = JSON.readTree(one.resolve("expected.json").toFile());
    Path checkpoint = one.resolve("checkpoint");
    if (facts.path("refuse").asBoolean(false)) {
      assertThatThrownBy(() -> DictionaryFiles.open(checkpoint).close())
          .isInstanceOf(FormatException.class);
      return;
    }
    try (PointerScope scope = new PointerScope();
        SafetensorsFile expected = SafetensorsFile.open(one.resolve("expected.safetensors"))) {
      if (facts.has("hooks")) {
        for (int i = 0; i < facts.path("hooks").size(); i++) {
          Map<String, String> hook = Map.of(LoadOptions.HOOK, facts.path("hooks").get(i).asText());
          try (Dictionary dictionary = open(checkpoint, facts, hook)) {
            compare(dictionary, expected, i);
          }
        }
        return;
      }
      try (Dictionary dictionary = open(checkpoint, facts, Map.of())) {
        compare(dictionary, expected, -1);
        checkFacts(dictionary, facts);
      }
    }
  }

  /** Options only say what the files do not, and what they are is asked of the case. */
  private static Dictionary open(Path checkpoint, JsonNode facts, Map<String, String> options)
      throws IOException {
    try {
      return DictionaryFiles.open(checkpoint, new LoadOptions(options));
    } catch (MissingFactException e) {
      assertThat(facts.has(e.option())).as(e.getMessage()).isTrue();
      return open(checkpoint, facts, with(options, e.option(), facts.path(e.option()).asText()));
    } catch (AmbiguousPathException e) {
      assertThat(options).as(e.getMessage()).doesNotContainKey(LoadOptions.HOOK);
      String hook = facts.path("hook_point").asText();
      return open(checkpoint, facts, with(options, LoadOptions.HOOK, hook));
    }
  }

  private static Map<String, String> with(Map<String, String> options, String key, String value) {
    Map<String, String> more = new HashMap<>(options);
    more.put(key, value);
    return more;
  }

  private static void compare(Dictionary dictionary, SafetensorsFile expected, int part) {
    Tensor x = part(expected, "x", part);
    Tensor latents = dictionary.encode(x);
    Tensor recon = dictionary.decode(latents, x);
    // Narrow types are read as float32: compared with what the library makes of that.
    String suffix = expected.names().contains("recon_f32") ? "_f32" : "";
    Tensor wanted = part(expected, "latents" + suffix, part);
    TensorAssertions.assertClose("latents", latents, wanted, FLOAT32);
    assertSameActive(latents, wanted);
    TensorAssertions.assertClose("recon", recon, part(expected, "recon" + suffix, part), FLOAT32);
    if (!suffix.isEmpty()) {
      TensorAssertions.assertClose("narrow", latents, part(expected, "latents", part), NARROW);
      TensorAssertions.assertClose("narrow", recon, part(expected, "recon", part), NARROW);
    }
  }

  private static Tensor part(SafetensorsFile file, String name, int part) {
    Tensor whole = file.floats(name);
    return part < 0 ? whole : whole.select(0, part);
  }

  private static void assertSameActive(Tensor actual, Tensor expected) {
    float[] found = TensorMemory.floats(actual);
    float[] wanted = TensorMemory.floats(expected);
    for (int i = 0; i < wanted.length; i++) {
      assertThat(found[i] != 0).as("whether value %d is active", i).isEqualTo(wanted[i] != 0);
    }
  }

  private static void checkFacts(Dictionary dictionary, JsonNode facts) {
    for (String[] pair : new String[][] {{"hook_point", "hook"}, {"hook_point_out", "hook_out"}}) {
      String hook = facts.path(pair[0]).asText("");
      if (hook.matches("[\\w.]+")) {
        String found = String.valueOf(dictionary.facts().fields().get(pair[1]));
        assertThat(found.split(",")[0]).as(pair[0]).isEqualTo(hook);
      }
    }
    assertThat(dictionary.facts().files()).isNotEmpty();
  }
}
