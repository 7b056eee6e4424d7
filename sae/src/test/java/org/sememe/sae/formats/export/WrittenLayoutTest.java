package org.sememe.sae.formats.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.formats.DictionaryFiles;
import org.sememe.sae.formats.LoadOptions;
import org.sememe.tensors.TensorInfo;
import org.sememe.tensors.TensorSource;
import org.sememe.tensors.Torch;
import org.sememe.tensors.npz.NpzFile;
import org.sememe.tensors.pickle.TorchFile;
import org.sememe.tensors.safetensors.SafetensorsFile;
import org.sememe.tensors.testing.Fixtures;

/**
 * What is written of a library's own dictionary has the tensors that the library wrote: the same
 * names, shapes and types, in the same kind of file, so that the library reads it.
 */
class WrittenLayoutTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  @ParameterizedTest
  @CsvSource({
    "batchtopk_repo/topk_no_input_norm, batchtopk_repo",
    "batchtopk_repo/jumprelu, batchtopk_repo",
    "batchtopk_repo/vanilla, batchtopk_repo",
    "crosscode/sae_relu, crosscode",
    "crosscode/sae_jumprelu_folded, crosscode",
    "crosscode/crosscoder_relu, crosscode",
    "crosscode/crosscoder_jumprelu_folded, crosscode",
    "dictionary_learning_crosscoders/crosscoder_hub, dictionary_learning_crosscoders",
    "dictionary_learning_crosscoders/batchtopk_crosscoder_none, dictionary_learning_crosscoders",
    "dictionary_learning_crosscoders/batchtopk_sae, dictionary_learning_crosscoders",
    "releases/gemma_scope, gemma_scope",
    "releases/gemma_scope_2, gemma_scope_2",
    "releases/gemma_scope_2_transcoder_affine, gemma_scope_2",
    "releases/llama_scope_r1, llama_scope",
    "releases/mwhanna_transcoder, circuit_tracer",
    "releases/qwen_scope, qwen_scope",
    "releases/goodfire, goodfire",
    "releases/deepseek_r1, deepseek_r1",
    "releases/connor_rob_hook_z, connor_rob",
    "sparsify/topk, sparsify",
    "openai/v1_relu, openai",
    "openai/v5_topk, openai",
  })
  void hasTheLibrarysTensors(String name, String format) throws IOException {
    Path one = Fixtures.require("formats").resolve(name);
    JsonNode facts = JSON.readTree(one.resolve("expected.json").toFile());
    Map<String, String> options = new TreeMap<>();
    for (String option : new String[] {LoadOptions.K, LoadOptions.NORM_SCALING_FACTOR}) {
      if (facts.hasNonNull(option)) {
        options.put(option, facts.path(option).asText());
      }
    }
    Path original = one.resolve("checkpoint");
    try (PointerScope scope = new PointerScope();
        Dictionary dictionary = DictionaryFiles.open(original, new LoadOptions(options))) {
      assertThat(dictionary.facts().library()).isEqualTo(format);
      ExportFormat.of(format).orElseThrow().write(dictionary, folder);
    }
    Path theirs = weights(original);
    Path ours = weights(folder);
    assertThat(suffix(ours)).isEqualTo(suffix(theirs));
    assertThat(tensors(ours)).isEqualTo(tensors(theirs));
  }

  private static Path weights(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(
              file -> Stream.of("pt", "pth", "npz", "safetensors").anyMatch(suffix(file)::equals))
          .findFirst()
          .orElseThrow();
    }
  }

  private static String suffix(Path file) {
    String name = file.getFileName().toString();
    return name.substring(name.lastIndexOf('.') + 1);
  }

  private static Map<String, String> tensors(Path file) throws IOException {
    try (TensorSource source =
        switch (suffix(file)) {
          case "npz" -> NpzFile.open(file);
          case "safetensors" -> SafetensorsFile.open(file);
          default -> TorchFile.open(file);
        }) {
      Map<String, String> found = new TreeMap<>();
      for (String name : source.names()) {
        TensorInfo info = source.info(name);
        found.put(name, info.type() + " " + info.shape());
      }
      return found;
    }
  }
}
