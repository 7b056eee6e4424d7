package org.sememe.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.testing.Fixtures;

/** The tiny models of the fixtures, each with each of its configs, and what is the same in all. */
final class ModelCases {
  static final double ACTIVATIONS = 2e-5;
  static final double GRADIENTS = 1e-4;

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> ENCODERS = List.of("bert");

  private ModelCases() {}

  /** A test of one model. */
  @FunctionalInterface
  interface Check {
    void check(Path model, FixtureTensors values, JsonNode facts) throws Exception;
  }

  /** A test for each model's folder and config, of encoders or of the others. */
  static Stream<DynamicTest> tests(boolean encoders, Path temporary, Check check)
      throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    try (Stream<Path> folders = Files.list(Fixtures.require("models"))) {
      for (Path folder : folders.filter(Files::isDirectory).sorted().toList()) {
        for (String name : List.of("config.json", "config.old.json")) {
          Path config = folder.resolve(name);
          if (Files.exists(config) && encoder(config) == encoders) {
            tests.add(
                DynamicTest.dynamicTest(
                    folder.getFileName() + "/" + name,
                    () -> run(folder, config, temporary, check)));
          }
        }
      }
    }
    assertThat(tests).isNotEmpty();
    return tests.stream();
  }

  private static boolean encoder(Path config) throws IOException {
    return ENCODERS.contains(JSON.readTree(config.toFile()).path("model_type").asText());
  }

  private static void run(Path folder, Path config, Path temporary, Check check) throws Exception {
    JsonNode own = JSON.readTree(folder.resolve("expected.json").toFile());
    Path expected = folder.resolve(own.path("expected").asText("expected.safetensors")).normalize();
    JsonNode facts = JSON.readTree(expected.resolveSibling("expected.json").toFile());
    try (FixtureTensors values = new FixtureTensors(expected)) {
      check.check(withConfig(folder, config, temporary), values, facts);
    }
  }

  /** A copy of the folder in which that config is the config.json. */
  private static Path withConfig(Path folder, Path config, Path temporary) throws IOException {
    Path copy = Files.createTempDirectory(temporary, "model");
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = file.getFileName().toString();
        if (!name.startsWith("expected") && !name.startsWith("config.")
            || !file.getParent().equals(folder)) {
          Path target = copy.resolve(folder.relativize(file).toString());
          Files.createDirectories(target.getParent());
          Files.copy(file, target);
        }
      }
    }
    Files.copy(config, copy.resolve("config.json"), StandardCopyOption.REPLACE_EXISTING);
    return copy;
  }

  /**
   * The hook points whose values are stored under a prefix. Fails if something is stored that is
   * neither an activation of the model nor among {@code others}.
   */
  static String[] stored(
      List<HookPoint> points, FixtureTensors values, String prefix, Set<String> others) {
    List<String> hooks =
        points.stream().map(HookPoint::name).filter(name -> values.has(prefix + name)).toList();
    List<String> unknown =
        values.names().stream()
            .filter(name -> name.startsWith(prefix))
            .map(name -> name.substring(prefix.length()))
            .filter(name -> !hooks.contains(name) && !others.contains(name))
            .filter(name -> !prefix.isEmpty() || !name.matches("(left|grad|edit|greedy)\\..*"))
            .toList();
    assertThat(unknown).as("stored under '%s' and not compared", prefix).isEmpty();
    assertThat(hooks).as("stored under '%s'", prefix).isNotEmpty();
    return hooks.toArray(String[]::new);
  }

  /** Compares captured activations with what is stored, where tokens are real. */
  static void compare(
      Forward forward, HookPoint point, FixtureTensors values, String prefix, TokenBatch batch) {
    String name = prefix + point.name();
    float[] expected = values.floats(name);
    boolean[] real =
        point.layout() == HookPoint.Layout.ROWS
            ? batch.mask()
            : realQueries(batch, Math.toIntExact(point.width()));
    float[] actual = TensorMemory.floats(forward.activation(point.name()));
    assertThat(Distances.relativeToLargest(actual, expected, real))
        .as(name)
        .isLessThan(ACTIVATIONS);
    assertThat(actual.length / real.length)
        .as("width of %s", name)
        .isEqualTo(
            point.layout() == HookPoint.Layout.ROWS
                ? Math.toIntExact(point.width())
                : batch.length());
  }

  private static boolean[] realQueries(TokenBatch batch, int heads) {
    boolean[] real = new boolean[batch.sequences() * heads * batch.length()];
    for (int row = 0, at = 0; row < batch.sequences(); row++) {
      for (int head = 0; head < heads; head++) {
        for (int column = 0; column < batch.length(); column++) {
          real[at++] = batch.real(row, column);
        }
      }
    }
    return real;
  }

  /** Compares a gradient with what is stored, {@code [places, width]}, at real places. */
  static void compareGradient(float[] actual, FixtureTensors values, String name, boolean[] real) {
    assertThat(Distances.relativeToLargest(actual, values.floats(name), real))
        .as(name)
        .isLessThan(GRADIENTS);
  }

  /** As many places, all real. */
  static boolean[] all(int places) {
    boolean[] all = new boolean[places];
    Arrays.fill(all, true);
    return all;
  }
}
