package org.sememe.tensors.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.ShardedTensors;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.Damage;
import org.sememe.tensors.testing.LeakMeter;

class ShardedSafetensorsTest {
  private static final String FIRST = "model-00001-of-00002.safetensors";
  private static final String SECOND = "model-00002-of-00002.safetensors";
  private static final String MAP =
      "\"c\":\"%s\",\"a\":\"%s\",\"b\":\"%s\"".formatted(SECOND, FIRST, SECOND);

  @TempDir private Path scratch;
  private Path folder;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  @BeforeEach
  void writeShards() throws IOException {
    folder = Files.createDirectories(scratch.resolve("model"));
    try (PointerScope scope = new PointerScope()) {
      write(folder.resolve(FIRST), Map.of("a", 1f));
      write(folder.resolve(SECOND), Map.of("b", 2f, "c", 3f));
      write(scratch.resolve("outside.safetensors"), Map.of("a", 4f));
    }
    index(MAP);
  }

  private static void write(Path file, Map<String, Float> values) throws IOException {
    SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
    values.forEach((name, value) -> tensors.put(name, TensorMemory.floats(new float[] {value}, 1)));
    SafetensorsWriter.write(file, tensors, Map.of());
  }

  private Path indexFile() {
    return folder.resolve("model.safetensors.index.json");
  }

  private void index(String map) throws IOException {
    Files.writeString(
        indexFile(), "{\"metadata\":{\"total_size\":12},\"weight_map\":{" + map + "}}");
  }

  @Test
  void readsAllShardsByTheirIndexOrFolder() throws IOException {
    for (Path path : List.of(indexFile(), folder)) {
      try (PointerScope scope = new PointerScope();
          ShardedTensors source = ShardedSafetensors.open(path)) {
        assertThat(source.names()).containsExactly("c", "a", "b");
        assertThat(TensorMemory.floats(source.tensor("a"))).containsExactly(1);
        assertThat(TensorMemory.floats(source.floats("b"))).containsExactly(2);
        assertThat(TensorMemory.floats(source.tensor("c"))).containsExactly(3);
        assertThat(source.info("c").shape()).containsExactly(1L);
        assertThat(source.readable("c")).isTrue();
        assertThat(source.home("a").path().getFileName()).hasToString(FIRST);
        assertThat(source.home("b")).isSameAs(source.home("c"));
        assertThatThrownBy(() -> source.tensor("d"))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("no tensor \"d\"");
      }
    }
  }

  @Test
  void aFolderWithOneFileNeedsNoIndex() throws IOException {
    Files.delete(indexFile());
    assertThatThrownBy(() -> ShardedSafetensors.open(folder))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("holds 0 indexes and 2 safetensors files: name the one to open");
    Files.delete(folder.resolve(SECOND));
    try (ShardedTensors source = ShardedSafetensors.open(folder)) {
      assertThat(source.names()).containsExactly("a");
    }
    Files.delete(folder.resolve(FIRST));
    assertThatThrownBy(() -> ShardedSafetensors.open(folder)).isInstanceOf(FormatException.class);
    assertThatThrownBy(() -> ShardedSafetensors.open(indexFile()))
        .isInstanceOf(NoSuchFileException.class);
  }

  private void refuse(String problem) {
    assertThatThrownBy(() -> ShardedSafetensors.open(indexFile()).close())
        .isInstanceOf(FormatException.class)
        .hasMessageStartingWith(indexFile() + ": at byte ")
        .hasMessageContaining(problem)
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../outside.safetensors",
        "./model-00001-of-00002.safetensors",
        "x/../../outside.safetensors",
        "..\\\\outside.safetensors",
        "C:outside.safetensors",
        "/etc/passwd",
        "..",
        "",
        "model.safetensors.index.json",
        "a\\u0000.safetensors",
      })
  void namesThatLeaveTheFolderAreRefused(String name) throws IOException {
    index("\"a\":\"" + name + "\"");
    refuse("tensor \"a\" is not in a file of this folder");
  }

  @Test
  void anAbsolutePathIsRefused() throws IOException {
    index("\"a\":\"" + scratch.resolve("outside.safetensors") + "\"");
    refuse("tensor \"a\" is not in a file of this folder");
  }

  @Test
  void filesThatAreNotThereAreRefused() throws IOException {
    for (String name : List.of("absent.safetensors", "n".repeat(300) + ".safetensors")) {
      index("\"a\":\"" + name + "\"");
      refuse("which is not in its folder");
    }
    Files.createDirectories(folder.resolve("folder.safetensors"));
    index("\"a\":\"folder.safetensors\"");
    refuse("which is not in its folder");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"weight_map\":[]}|no object \"weight_map\"",
        "{}|no object \"weight_map\"",
        "[]|not a JSON object",
        "''|No content",
        "{\"weight_map\":{\"a\":5}}|tensor \"a\" is not in a file of this folder",
        "{\"weight_map\":{\"a\":null}}|tensor \"a\" is not in a file of this folder",
        "{\"weight_map\":{\"a\":|not JSON",
        "{\"weight_map\":{\"a\":\"x\",\"a\":\"y\"}}|Duplicate",
      })
  void indexesThatAreNone(String text, String problem) throws IOException {
    Files.writeString(indexFile(), text);
    refuse(problem);
  }

  @Test
  void tensorsThatAreElsewhereAreRefused() throws IOException {
    index("\"b\":\"" + FIRST + "\"");
    refuse("tensor \"b\" is not in " + FIRST);
  }

  @Test
  void deepNestingIsRefused() throws IOException {
    Files.writeString(indexFile(), "{\"weight_map\":" + "[".repeat(100_000));
    refuse("not JSON");
    Files.writeString(indexFile(), "{\"weight_map\":" + "{\"a\":".repeat(100_000));
    refuse("not JSON");
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"})
  void otherEncodingsAreRefused(String encoding) throws IOException {
    Files.write(indexFile(), "{\"weight_map\":{}}".getBytes(Charset.forName(encoding)));
    refuse("not JSON");
    byte[] odd = "\0\0\0{\uD801".getBytes(StandardCharsets.UTF_16BE);
    Files.write(indexFile(), odd);
    refuse("not UTF-8");
  }

  @Test
  void damagedIndexesAreRefusedOrRead() throws Exception {
    Damage.check(indexFile(), folder, ShardedSafetensorsTest::readAll);
  }

  @Test
  void damagedShardsAreRefusedOrRead() throws Exception {
    Damage.checkInPlace(folder.resolve(SECOND), _ -> readAll(indexFile()));
  }

  private static void readAll(Path index) throws IOException {
    try (PointerScope scope = new PointerScope();
        ShardedTensors source = ShardedSafetensors.open(index)) {
      for (String name : source.names()) {
        if (source.readable(name)) {
          assertThat(source.tensor(name).nbytes()).isEqualTo(source.info(name).bytes());
        }
      }
    }
  }

  /** Also those that fail after some shards are open. */
  @Test
  void aThousandOpeningsLeaveNothingBehind() throws Exception {
    LeakMeter.assertFlat(1_000, 64L << 20, () -> readAll(indexFile()));
    index(MAP + ",\"d\":\"absent.safetensors\"");
    long before = openFiles();
    LeakMeter.assertFlat(1_000, 64L << 20, () -> refuse("absent.safetensors"));
    assertThat(openFiles()).isLessThan(before + 100);
  }

  /** Mapped files and descriptors of this process, where the system tells. */
  private static long openFiles() throws IOException {
    Path maps = Path.of("/proc/self/maps");
    if (!Files.exists(maps)) {
      return 0;
    }
    return Files.readAllLines(maps).stream().filter(line -> line.contains(".safetensors")).count();
  }
}
