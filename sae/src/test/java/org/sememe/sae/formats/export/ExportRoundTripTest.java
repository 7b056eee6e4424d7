package org.sememe.sae.formats.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.dictionary.DictionaryFacts;
import org.sememe.sae.dictionary.SparseCoder;
import org.sememe.sae.formats.DictionaryFiles;
import org.sememe.sae.formats.LoadOptions;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.Torch;
import org.sememe.tensors.safetensors.SafetensorsFile;
import org.sememe.tensors.testing.Fixtures;
import org.sememe.tensors.testing.TensorAssertions;

/** Every dictionary in every layout that can express it, read back: it computes the same. */
class ExportRoundTripTest {
  private static final double TOLERANCE = 2e-5; // twice that of reading

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  @Test
  void whatIsWrittenComputesTheSame() throws IOException {
    Map<ExportFormat, Integer> written = new EnumMap<>(ExportFormat.class);
    Set<String> kinds = new HashSet<>(); // one case of each is enough
    for (Path one : cases(Fixtures.require("formats"))) {
      try (PointerScope scope = new PointerScope();
          SafetensorsFile expected = SafetensorsFile.open(one.resolve("expected.safetensors"));
          Dictionary dictionary = open(one)) {
        DictionaryFacts facts = dictionary.facts();
        String kind = facts.library() + facts.architecture() + facts.normalisation();
        if (!kinds.add(kind + facts.kind() + dictionary.sae().isPresent())) {
          continue;
        }
        Tensor x = expected.floats("x");
        Tensor latents = dictionary.encode(x);
        for (ExportFormat format : ExportFormat.values()) {
          if (roundTrip(one, dictionary, x, latents, format)) {
            written.merge(format, 1, Integer::sum);
          }
        }
      }
    }
    assertThat(written.keySet()).containsExactlyInAnyOrder(ExportFormat.values());
  }

  /** Cases of one dictionary that need no options. */
  private static List<Path> cases(Path formats) throws IOException {
    List<Path> found = new ArrayList<>();
    try (Stream<Path> files = Files.walk(formats, 3)) {
      for (Path file : files.sorted().toList()) {
        if (file.getFileName().toString().equals("expected.json")) {
          JsonNode facts = new ObjectMapper().readTree(file.toFile());
          Path one = file.getParent();
          if (!facts.has("hooks") && !facts.path("refuse").asBoolean(false)) {
            found.add(one);
          }
        }
      }
    }
    return found;
  }

  private static Dictionary open(Path one) throws IOException {
    JsonNode facts = new ObjectMapper().readTree(one.resolve("expected.json").toFile());
    Map<String, String> options = new HashMap<>();
    options.put(LoadOptions.HOOK, facts.path("hook_point").asText());
    for (String name : List.of(LoadOptions.K, LoadOptions.NORM_SCALING_FACTOR)) {
      if (facts.hasNonNull(name)) {
        options.put(name, facts.path(name).asText());
      }
    }
    return DictionaryFiles.open(one.resolve("checkpoint"), new LoadOptions(options));
  }

  private boolean roundTrip(
      Path one, Dictionary dictionary, Tensor x, Tensor latents, ExportFormat format)
      throws IOException {
    Path target =
        folder
            .resolve(one.getParent().getFileName().toString())
            .resolve(one.getFileName().toString())
            .resolve(format.key());
    try {
      format.write(dictionary, target);
    } catch (NotExpressibleException e) {
      assertThat(e.getMessage()).startsWith(format.key() + " cannot express ").doesNotContain("\n");
      return false;
    }
    try (Dictionary again = DictionaryFiles.open(target)) {
      String what = one + " as " + format.key();
      Tensor back = again.encode(x);
      boolean weighted =
          dictionary instanceof SparseCoder coder && coder.parts().importance().isPresent();
      if (!weighted) {
        TensorAssertions.assertClose("latents of " + what, back, latents, TOLERANCE);
      }
      TensorAssertions.assertClose(
          "recon of " + what, again.decode(back, x), dictionary.decode(latents, x), TOLERANCE);
      assertThat(again.facts().kind()).as(what).isEqualTo(dictionary.facts().kind());
    } catch (FormatException e) {
      throw new AssertionError(one + " as " + format.key(), e);
    }
    return true;
  }
}
