package org.sememe.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.safetensors.SafetensorsFile;
import org.sememe.tensors.safetensors.SafetensorsWriter;
import org.sememe.tensors.testing.Fixtures;
import org.sememe.tensors.testing.TensorAssertions;

/** The commands on dictionaries that other libraries wrote, against those libraries' outputs. */
class OtherLibrariesTest {
  private static final double TOLERANCE = 1e-5;
  private static final Pattern WANTED = Pattern.compile("--set (\\w+)=VALUE");

  @TempDir private Path folder;

  @TestFactory
  List<DynamicContainer> everyCase() throws IOException {
    List<DynamicContainer> libraries = new ArrayList<>();
    for (Path library : folders(Fixtures.require("formats"))) {
      List<DynamicTest> cases = new ArrayList<>();
      for (Path one : folders(library)) {
        if (Files.exists(one.resolve("expected.safetensors"))) {
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

  private void check(Path one) throws IOException {
    JsonNode facts = new ObjectMapper().readTree(one.resolve("expected.json").toFile());
    if (facts.has("hooks")) {
      for (int i = 0; i < facts.path("hooks").size(); i++) {
        String hook = facts.path("hooks").get(i).asText();
        checkOne(one, i, new ArrayList<>(List.of("--hook", hook)), facts);
      }
    } else {
      checkOne(one, -1, new ArrayList<>(), facts);
    }
  }

  private void checkOne(Path one, int part, List<String> options, JsonNode facts)
      throws IOException {
    Path checkpoint = one.resolve("checkpoint");
    try (PointerScope scope = new PointerScope();
        SafetensorsFile expected = SafetensorsFile.open(one.resolve("expected.safetensors"))) {
      String suffix = expected.names().contains("recon_f32") ? "_f32" : "";
      Tensor latents = part(expected, "latents" + suffix, part);
      Tensor recon = part(expected, "recon" + suffix, part);
      SequencedMap<String, Tensor> given = new LinkedHashMap<>();
      given.put("x", part(expected, "x", part));
      given.put("y", recon);
      Path input = folder.resolve("x.safetensors");
      SafetensorsWriter.write(input, given, Map.of());
      JsonNode info = info(checkpoint, options, facts);
      assertThat(info.path("latents").asLong()).isEqualTo(latents.size(-1));
      JsonNode encoded = encode(checkpoint, input, options, "--dense");
      assertThat(encoded.path("fvu").asDouble()).isLessThan(1e-8);
      compare(folder.resolve("out.safetensors"), latents, recon);
      encode(checkpoint, input, options);
      compareSparse(folder.resolve("out.safetensors"), latents, recon);
    }
  }

  private static Tensor part(SafetensorsFile file, String name, int part) {
    Tensor whole = file.floats(name);
    return part < 0 ? whole : whole.select(0, part).contiguous();
  }

  /** Adds the options that an error asks for, whose values the case knows. */
  private static JsonNode info(Path checkpoint, List<String> options, JsonNode facts)
      throws IOException {
    List<Object> arguments = new ArrayList<>(List.of("info", checkpoint));
    arguments.addAll(options);
    Sememe run = Sememe.run(arguments.toArray());
    if (run.exitCode() != 0) {
      assertThat(run.errLines()).hasSize(1);
      Matcher wanted = WANTED.matcher(run.err());
      boolean option = wanted.find();
      assertThat(option || run.err().contains("--hook")).as(run.err()).isTrue();
      options.add(option ? "--set" : "--hook");
      options.add(
          option
              ? wanted.group(1) + "=" + facts.path(wanted.group(1)).asText()
              : facts.path("hook_point").asText());
      arguments.addAll(options);
    }
    return Sememe.json(arguments.toArray());
  }

  private JsonNode encode(Path checkpoint, Path input, List<String> options, String... more)
      throws IOException {
    List<Object> arguments =
        new ArrayList<>(
            List.of(
                "encode",
                checkpoint,
                "--input",
                input,
                "--out",
                folder.resolve("out.safetensors")));
    arguments.addAll(options);
    arguments.addAll(List.of(more));
    return Sememe.json(arguments.toArray());
  }

  private static void compare(Path written, Tensor latents, Tensor recon) throws IOException {
    try (SafetensorsFile found = SafetensorsFile.open(written)) {
      TensorAssertions.assertClose("latents", found.tensor("latents"), latents, TOLERANCE);
      TensorAssertions.assertClose("recon", found.tensor("recon"), recon, TOLERANCE);
    }
  }

  private static void compareSparse(Path written, Tensor latents, Tensor recon) throws IOException {
    try (SafetensorsFile found = SafetensorsFile.open(written)) {
      Tensor dense =
          latents
              .mul(new Scalar(0))
              .scatter_add(-1, found.tensor("indices"), found.tensor("values"));
      TensorAssertions.assertClose("latents", dense, latents, TOLERANCE);
      TensorAssertions.assertClose("recon", found.tensor("recon"), recon, TOLERANCE);
      assertThat(TensorMemory.shape(found.tensor("indices")))
          .isEqualTo(TensorMemory.shape(found.tensor("values")));
    }
  }
}
