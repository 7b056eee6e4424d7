package org.sememe.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.app.bench.EncodeInputs;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeFiles;
import org.sememe.tensors.Torch;

class BenchEncodeCommandTest {
  private static final Object[] TINY = {"bench", "encode", "--rows", 8, "--repetitions", 1};

  private static Object[] tiny(Object... more) {
    Object[] all = Arrays.copyOf(TINY, TINY.length + more.length);
    System.arraycopy(more, 0, all, TINY.length, more.length);
    return all;
  }

  @Test
  void aDictionaryOfTheShapeThatIsAskedFor() throws IOException {
    JsonNode json = Sememe.json(tiny("--d", 12, "--latents", 90, "--k", 3, "--threads", 2));
    assertThat(json.path("shape").path("d").asInt()).isEqualTo(12);
    assertThat(json.path("shape").path("latents").asInt()).isEqualTo(90);
    assertThat(json.path("active_latents").asDouble()).isEqualTo(3);
    assertThat(json.path("batch_rows").asInt()).isEqualTo(8);
  }

  @Test
  void aDictionaryFromAFolder(@TempDir Path folder) throws IOException {
    Torch.start(2);
    try (Sae sae = EncodeInputs.randomDictionary(10, 70, 2)) {
      SaeFiles.save(sae, folder);
    }
    JsonNode json = Sememe.json(tiny("--dictionary", folder, "--threads", 2));
    assertThat(json.path("dictionary").asText()).isEqualTo(folder.toString());
    assertThat(json.path("shape").path("latents").asInt()).isEqualTo(70);
  }

  @Test
  void aShapeBesideADictionaryIsWrongUsage() {
    Sememe run = Sememe.run(tiny("--dictionary", "somewhere", "--latents", 90));
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.errLines().getFirst()).contains("--latents").contains("--dictionary");
  }

  @Test
  void aShapeThatCannotBeIsWrongUsage() {
    Sememe run = Sememe.run(tiny("--latents", 5, "--k", 6));
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.errLines().getFirst()).contains("k is 6 of only 5 latents");
    assertThat(Sememe.run(tiny("--d", 0)).exitCode()).isEqualTo(2);
  }
}
