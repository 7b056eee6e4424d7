package org.sememe.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeConfig;
import org.sememe.sae.SaeFiles;
import org.sememe.sae.Sparsity;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.safetensors.SafetensorsFile;
import org.sememe.tensors.safetensors.SafetensorsWriter;
import org.sememe.tensors.testing.TensorAssertions;

/** Dictionaries written for other libraries and brought back, by the commands. */
class ImportExportCommandTest {
  private static final int WIDTH = 6;
  private static final int LATENTS = 14;
  private static final String HOOK = "blocks.3.hook_resid_post";

  @TempDir private Path folder;
  private final RandomStream random = RandomStream.of(11);

  @BeforeEach
  void start() {
    Torch.start(2);
  }

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

  private Path save(Sparsity sparsity) throws IOException {
    Path target = folder.resolve("own");
    try (PointerScope scope = new PointerScope();
        Sae sae =
            new Sae(
                new SaeConfig(WIDTH, LATENTS, sparsity, true, HOOK, "m", 1, Map.of()),
                values(LATENTS, WIDTH),
                values(LATENTS),
                values(LATENTS, WIDTH),
                values(WIDTH),
                Optional.empty())) {
      SaeFiles.save(sae, target);
    }
    return target;
  }

  private Path input() throws IOException {
    Path file = folder.resolve("x.safetensors");
    try (PointerScope scope = new PointerScope()) {
      SequencedMap<String, Tensor> x = new LinkedHashMap<>();
      x.put("x", values(9, WIDTH));
      SafetensorsWriter.write(file, x, Map.of());
    }
    return file;
  }

  private Path encoded(Path dictionary, Path input, String name) throws IOException {
    Path out = folder.resolve(name);
    Sememe.json("encode", dictionary, "--input", input, "--out", out, "--dense");
    return out;
  }

  @Test
  void aDictionaryGoesThereAndBack() throws IOException {
    Path own = save(new Sparsity.TopK(3));
    Path input = input();
    Path sparsify = folder.resolve("sparsify");
    JsonNode exported = Sememe.json("export", own, "--format", "sparsify", "--out", sparsify);
    assertThat(exported.path("format").asText()).isEqualTo("sparsify");
    JsonNode info = Sememe.json("info", sparsify);
    assertThat(info.path("library").asText()).isEqualTo("sparsify");
    assertThat(info.path("hook").asText()).isEqualTo(HOOK);
    assertThat(info.path("k").asInt()).isEqualTo(3);
    Path back = folder.resolve("back");
    Sememe.json("import", sparsify, "--out", back);
    assertThat(Sememe.json("info", back).path("sparsity").asText()).isEqualTo("topk");
    try (PointerScope scope = new PointerScope();
        SafetensorsFile before = SafetensorsFile.open(encoded(own, input, "a"));
        SafetensorsFile after = SafetensorsFile.open(encoded(back, input, "b"))) {
      for (String name : before.names()) {
        TensorAssertions.assertSameBits(name, after.tensor(name), before.tensor(name));
      }
    }
  }

  @Test
  void aFormatThatCannotExpressItSaysSo() throws IOException {
    Path own = save(new Sparsity.Relu());
    Sememe refused = Sememe.run("export", own, "--format", "sparsify", "--out", folder);
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.errLines())
        .singleElement()
        .asString()
        .contains("sparsify cannot express a dictionary with relu", "topk and groupmax");
  }

  @Test
  void aFormatThatIsNotKnownIsWrongUsage() throws IOException {
    Path own = save(new Sparsity.Relu());
    Sememe wrong = Sememe.run("export", own, "--format", "keras", "--out", folder);
    assertThat(wrong.exitCode()).isEqualTo(2);
    assertThat(wrong.err()).contains("keras", "dictionary_learning");
  }

  @Test
  void anOptionThatIsNotKnownIsWrongUsage() throws IOException {
    Path own = save(new Sparsity.Relu());
    Sememe wrong = Sememe.run("info", own, "--set", "kk=3");
    assertThat(wrong.exitCode()).isEqualTo(2);
    assertThat(wrong.err()).contains("kk", "norm_scaling_factor");
  }
}
