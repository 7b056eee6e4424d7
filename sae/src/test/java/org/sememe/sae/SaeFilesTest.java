package org.sememe.sae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.safetensors.SafetensorsFile;
import org.sememe.tensors.testing.Damage;
import org.sememe.tensors.testing.Fixtures;
import org.sememe.tensors.testing.TensorAssertions;

/** Dictionaries on disk: our own, and those that SAELens wrote. */
class SaeFilesTest {
  private static final int WIDTH = 5;
  private static final int LATENTS = 7;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  private static Sae random(Sparsity sparsity) {
    RandomStream random = RandomStream.of(4);
    Optional<Tensor> thresholds =
        sparsity instanceof Sparsity.JumpRelu
            ? Optional.of(values(random, LATENTS))
            : Optional.empty();
    return new Sae(
        new SaeConfig(
            WIDTH, LATENTS, sparsity, true, "blocks.0.hook_mlp_out", "m", 0.25, Map.of("a", "b")),
        values(random, LATENTS, WIDTH),
        values(random, LATENTS),
        values(random, LATENTS, WIDTH),
        values(random, WIDTH),
        thresholds);
  }

  private static Tensor values(RandomStream random, int... shape) {
    int count = 1;
    long[] sizes = new long[shape.length];
    for (int i = 0; i < shape.length; i++) {
      count *= shape[i];
      sizes[i] = shape[i];
    }
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return TensorMemory.floats(values, sizes);
  }

  @Test
  void whatIsSavedIsReadBackToTheBit() throws IOException {
    for (Sparsity sparsity :
        List.of(
            new Sparsity.TopK(3),
            new Sparsity.Relu(),
            new Sparsity.JumpRelu(),
            new Sparsity.AbsTopK(3),
            new Sparsity.GroupMax(7))) {
      Path target = folder.resolve(sparsity.key());
      try (PointerScope scope = new PointerScope();
          Sae saved = random(sparsity)) {
        SaeFiles.save(saved, target);
        try (Sae loaded = SaeFiles.load(target)) {
          TensorAssertions.assertSameBits("W_enc", loaded.encoder(), saved.encoder());
          TensorAssertions.assertSameBits("W_dec", loaded.decoder(), saved.decoder());
          TensorAssertions.assertSameBits("b_enc", loaded.encoderBias(), saved.encoderBias());
          TensorAssertions.assertSameBits("b_dec", loaded.decoderBias(), saved.decoderBias());
          assertThat(loaded.config().sparsity()).isEqualTo(sparsity);
          assertThat(loaded.config().hook()).isEqualTo("blocks.0.hook_mlp_out");
          assertThat(loaded.config().model()).isEqualTo("m");
          assertThat(loaded.config().inputScale()).isEqualTo(0.25);
          assertThat(loaded.config().metadata()).containsEntry("a", "b");
          SaeFiles.save(loaded, folder.resolve("again"));
          try (Sae twice = SaeFiles.load(folder.resolve("again"))) {
            TensorAssertions.assertSameBits("b_dec", twice.decoderBias(), saved.decoderBias());
            assertThat(twice.config().inputScale()).isEqualTo(0.25); // never folded twice
          }
        }
      }
    }
  }

  /** Those of SAELens's kinds that are read, against its own outputs; the others are refused. */
  @TestFactory
  List<DynamicTest> everySaeLensCase() throws IOException {
    Path cases = Fixtures.require("formats/saelens");
    try (Stream<Path> folders = Files.list(cases)) {
      return folders
          .filter(f -> Files.exists(f.resolve("checkpoint/cfg.json")))
          .sorted()
          .map(f -> DynamicTest.dynamicTest(f.getFileName().toString(), () -> check(f)))
          .toList();
    }
  }

  private static void check(Path saved) throws IOException {
    Path checkpoint = saved.resolve("checkpoint");
    JsonNode config = new ObjectMapper().readTree(checkpoint.resolve("cfg.json").toFile());
    // Refused: transcoders and temporal dictionaries, and batch top-k in the midst of training.
    boolean known =
        List.of("topk", "standard", "jumprelu", "gated", "abstopk", "matching_pursuit")
            .contains(config.path("architecture").asText("standard"));
    if (!known) {
      assertThatThrownBy(() -> SaeFiles.load(checkpoint).close()).isInstanceOf(IOException.class);
      return;
    }
    try (PointerScope scope = new PointerScope();
        Sae sae = SaeFiles.load(checkpoint);
        SafetensorsFile expected = SafetensorsFile.open(saved.resolve("expected.safetensors"))) {
      // Narrow types are read as float32: compared with what the library makes of that.
      String suffix = expected.names().contains("recon_f32") ? "_f32" : "";
      int width = sae.config().width();
      Tensor x = expected.floats("x").reshape(-1, width).contiguous();
      int rows = (int) x.size(0);
      Tensor recon = TensorMemory.empty(ScalarType.Float, rows, width);
      float[] latents = new float[rows * sae.config().latents()];
      try (Encoder encoder = new Encoder(sae, rows)) {
        SparseCodes codes = encoder.encode(TensorMemory.segment(x), rows);
        encoder.decode(codes, TensorMemory.segment(recon));
        for (int row = 0; row < rows; row++) {
          for (int place = 0; place < codes.k(); place++) {
            latents[row * sae.config().latents() + codes.latent(row, place)] =
                codes.value(row, place);
          }
        }
      }
      TensorAssertions.assertClose(
          "recon", recon, expected.floats("recon" + suffix).reshape(-1, width), 1e-5);
      TensorAssertions.assertClose(
          "latents", latents, TensorMemory.floats(expected.tensor("latents" + suffix)), 1e-5);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cfg.json", "sae_weights.safetensors"})
  void aDamagedFileIsRefusedOrRead(String name) throws Exception {
    try (PointerScope scope = new PointerScope();
        Sae saved = random(new Sparsity.TopK(3))) {
      SaeFiles.save(saved, folder.resolve("whole"));
    }
    Damage.checkInPlace(
        folder.resolve("whole").resolve(name),
        file -> SaeFiles.load(folder.resolve("whole")).close());
  }

  @Test
  void hostileConfigurationsAreRefused() throws IOException {
    try (PointerScope scope = new PointerScope();
        Sae saved = random(new Sparsity.TopK(3))) {
      SaeFiles.save(saved, folder.resolve("whole"));
    }
    Path config = folder.resolve("whole/cfg.json");
    String good = Files.readString(config);
    for (String[] change :
        new String[][] {
          {"\"d_sae\" : 7", "\"d_sae\" : 2000000000"},
          {"\"d_sae\" : 7", "\"d_sae\" : -7"},
          {"\"d_in\" : 5", "\"d_in\" : \"5\""},
          {"\"k\" : 3", "\"k\" : 8"},
          {"\"k\" : 3", "\"k\" : 2.5"},
          {"\"topk\"", "\"gated\""},
          {"\"topk\"", "\"groupmax\""},
          {"\"topk\"", "\"omp\""},
          {"\"normalize_activations\" : \"none\"", "\"normalize_activations\" : \"unheard\""}
        }) {
      assertThat(good).contains(change[0]);
      Files.writeString(config, good.replace(change[0], change[1]));
      assertThatThrownBy(() -> SaeFiles.load(folder.resolve("whole")).close())
          .as(change[1])
          .isInstanceOf(FormatException.class);
    }
  }
}
