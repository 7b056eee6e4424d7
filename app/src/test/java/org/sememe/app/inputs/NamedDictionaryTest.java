package org.sememe.app.inputs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.models.sources.HubStandIn;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeConfig;
import org.sememe.sae.SaeFiles;
import org.sememe.sae.Sparsity;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.formats.LoadOptions;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.pickle.TorchFileWriter;

/** Names of the catalogue, fetched from a hub on loopback and opened. */
class NamedDictionaryTest {
  private static final int WIDTH = 4;
  private static final int LATENTS = 64;

  @TempDir private Path folder;
  private final RandomStream random = RandomStream.of(5);
  private final Map<String, byte[]> files = new HashMap<>();

  private Tensor values(int... shape) {
    long[] sizes = new long[shape.length];
    int count = 1;
    for (int i = 0; i < shape.length; i++) {
      sizes[i] = shape[i];
      count *= shape[i];
    }
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return TensorMemory.floats(values, sizes);
  }

  private Dictionary opened(String name, LoadOptions options) throws IOException {
    try (HubStandIn hub = new HubStandIn(files)) {
      Sources sources = spec -> hub.open(spec, folder.resolve("cache"));
      assertThat(AnyDictionary.find(name, sources)).isPresent();
      return AnyDictionary.of(name, sources).open(options, 2);
    }
  }

  @Test
  void aFolderOfSaeLens() throws IOException {
    Path written = folder.resolve("written");
    SaeConfig config =
        new SaeConfig(
            WIDTH, LATENTS, new Sparsity.Relu(), true, "blocks.8.hook_resid_pre", "m", 1, Map.of());
    try (PointerScope scope = new PointerScope();
        Sae sae =
            new Sae(
                config,
                values(LATENTS, WIDTH),
                values(LATENTS),
                values(LATENTS, WIDTH),
                values(WIDTH),
                Optional.empty())) {
      SaeFiles.save(sae, written);
    }
    for (String name : new String[] {"cfg.json", "sae_weights.safetensors"}) {
      files.put(
          "jbloom/GPT2-Small-SAEs-Reformatted/blocks.8.hook_resid_pre/" + name,
          Files.readAllBytes(written.resolve(name)));
    }
    try (Dictionary dictionary =
        opened("gpt2-small-res-jb/blocks.8.hook_resid_pre", LoadOptions.NONE)) {
      assertThat(dictionary.facts().latents()).isEqualTo(LATENTS);
      assertThat(dictionary.facts().output().hooks()).containsExactly("blocks.8.hook_resid_pre");
    }
  }

  /** A file that says neither k nor its model, which the catalogue does. */
  @Test
  void aFileThatSaysLittle() throws IOException {
    SequencedMap<String, Object> weights = new LinkedHashMap<>();
    Path file = folder.resolve("layer3.sae.pt");
    try (PointerScope scope = new PointerScope()) {
      weights.put("W_enc", values(LATENTS, WIDTH));
      weights.put("b_enc", values(LATENTS));
      weights.put("W_dec", values(WIDTH, LATENTS));
      weights.put("b_dec", values(WIDTH));
      TorchFileWriter.write(file, weights);
    }
    files.put("Qwen/SAE-Res-Qwen3-8B-Base-W64K-L0_50/layer3.sae.pt", Files.readAllBytes(file));
    String name = "qwen-scope-3-8b-base-w64k-l50/layer3";
    try (Dictionary dictionary = opened(name, LoadOptions.NONE)) {
      assertThat(dictionary.sae().orElseThrow().config().sparsity())
          .isEqualTo(new Sparsity.TopK(50));
      assertThat(dictionary.facts().model()).isEqualTo("Qwen/Qwen3-8B-Base");
    }
    try (Dictionary dictionary =
        opened(name, new LoadOptions(Map.of(LoadOptions.MODEL, "my model")))) {
      assertThat(dictionary.facts().model()).isEqualTo("my model");
    }
  }

  @Test
  void whatIsNotThereIsSaidInOneLine() throws IOException {
    Sources none =
        spec -> {
          throw new IOException("asked for " + spec);
        };
    assertThatThrownBy(() -> AnyDictionary.of("gpt2-small-rez-jb", none))
        .hasMessageContaining("gpt2-small-rez-jb: no run and no dictionary there; the catalogue")
        .hasMessageContaining("gpt2-small-res-jb");
    assertThatThrownBy(() -> DictionaryFolder.of(folder.resolve("none").toString(), none))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageEndingWith("no run and no dictionary there");
    assertThatThrownBy(() -> DictionaryFolder.of("gpt2-small-res-jb/blocks.99.x", none))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("gpt2-small-res-jb has no dictionary blocks.99.x: there is blocks.");
    assertThatThrownBy(() -> AnyDictionary.of("sae-llama-3-8b-32x/layers.3", none))
        .hasMessage("asked for hf:EleutherAI/sae-llama-3-8b-32x/layers.3/");
    assertThat(AnyDictionary.find("runs/none", none)).isEmpty();
  }
}
