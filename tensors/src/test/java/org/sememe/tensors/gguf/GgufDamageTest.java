package org.sememe.tensors.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.TensorType;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.Damage;
import org.sememe.tensors.testing.Fixtures;
import org.sememe.tensors.testing.LeakMeter;

/** GGUF files, written here or by the original library, that were cut or altered afterwards. */
@Timeout(60)
class GgufDamageTest {
  private static final int ALIGNMENT = 32;
  private static final int F32 = 0;
  private static final int Q4_0 = 2;

  /** Files over this size take minutes to damage two thousand times. */
  private static final long LARGEST = 64 << 10;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  /** Every type of value and, in two blocks each, every type of tensor that the format knows. */
  private Path everything() throws IOException {
    List<TensorType> types = new ArrayList<>();
    List<Integer> ids = new ArrayList<>();
    for (int id = 0; id < 64; id++) {
      if (GgufTensorTypes.of(id).isPresent()) {
        types.add(GgufTensorTypes.of(id).orElseThrow());
        ids.add(id);
      }
    }
    GgufBytes file = GgufBytes.start(types.size(), GgufValueType.values().length + 1);
    for (GgufValueType type : GgufValueType.values()) {
      file.key("key." + type, type);
      switch (type) {
        case STRING -> file.text("größe");
        case ARRAY -> file.array(GgufValueType.STRING, 2).text("a").text("");
        default -> {
          for (int i = 0; i < type.leastBytes(); i++) {
            file.int8(1);
          }
        }
      }
    }
    file.key("nested", GgufValueType.ARRAY)
        .array(GgufValueType.ARRAY, 1)
        .array(GgufValueType.UINT16, 2)
        .int16(1)
        .int16(2);
    int end = 0;
    for (int i = 0; i < types.size(); i++) {
      file.tensor("tensor " + types.get(i), ids.get(i), end, types.get(i).blockValues(), 2);
      end += (2 * types.get(i).blockBytes() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
    return file.align(ALIGNMENT).data(end).write(folder.resolve("everything.gguf"));
  }

  @Test
  void theFileIsReadAsItWasWritten() throws IOException {
    try (PointerScope scope = new PointerScope();
        GgufFile file = GgufFile.open(everything())) {
      assertThat(file.metadata().string("key.STRING")).contains("größe");
      assertThat(file.metadata().strings("key.ARRAY")).contains(List.of("a", ""));
      assertThat(file.metadata().integer("key.UINT32")).hasValue(0x01010101);
      assertThat(file.metadata().integer("key.INT64")).hasValue(0x0101010101010101L);
      assertThat(file.metadata().number("key.FLOAT32")).hasValue(Float.intBitsToFloat(0x01010101));
      assertThat(file.names()).hasSizeGreaterThan(20);
      int readable = 0;
      for (String name : file.names()) {
        TensorType type = file.info(name).type();
        assertThat(file.info(name).shape()).containsExactly(2L, (long) type.blockValues());
        if (file.readable(name)) {
          Tensor tensor = file.tensor(name);
          assertThat(TensorMemory.shape(tensor)).containsExactly(2, type.blockValues());
          readable++;
        } else {
          assertThatThrownBy(() -> file.tensor(name))
              .isInstanceOf(UnsupportedOperationException.class)
              .hasMessageContaining(name);
        }
      }
      assertThat(readable).isGreaterThan(15);
    }
  }

  @Test
  void damagedFilesAreRefusedOrRead() throws Exception {
    Damage.check(everything(), folder, GgufDamageTest::readAll);
  }

  /** Also those of the original library. */
  @TestFactory
  Stream<DynamicTest> damagedFixtures() throws IOException {
    Path fixtures = Fixtures.require("gguf");
    try (Stream<Path> files = Files.walk(fixtures)) {
      return files
          .filter(file -> file.toString().endsWith(".gguf"))
          .filter(file -> file.toFile().length() <= LARGEST && opens(file))
          .sorted()
          .toList()
          .stream()
          .map(
              file ->
                  dynamicTest(
                      fixtures.relativize(file).toString(),
                      () -> Damage.check(file, folder, GgufDamageTest::readAll)));
    }
  }

  private static boolean opens(Path path) {
    try (GgufFile file = GgufFile.open(path)) {
      return !file.names().isEmpty();
    } catch (IOException e) {
      return false;
    }
  }

  private static void readAll(Path path) throws IOException {
    try (PointerScope scope = new PointerScope();
        GgufFile file = GgufFile.open(path)) {
      for (String name : file.names()) {
        if (file.readable(name)) {
          assertThat(file.tensor(name).dim()).isEqualTo(file.info(name).shape().size());
        }
      }
      for (String key : file.metadata().keys()) {
        assertThat(file.metadata().value(key)).isPresent();
        if (file.metadata().integers(key).isPresent()) {
          assertThat(file.metadata().numbers(key)).isPresent();
        }
      }
    }
  }

  static Stream<Arguments> lies() {
    return Stream.of(
        Arguments.of("tensor count", GgufBytes.start(Long.MAX_VALUE, 0)),
        Arguments.of("tensor count", GgufBytes.start(-1, 0)),
        Arguments.of("metadata count", GgufBytes.start(0, 1L << 60)),
        Arguments.of("metadata count", GgufBytes.start(0, -1)),
        Arguments.of("length of a metadata key", GgufBytes.start(0, 1).int64(1L << 40).data(40)),
        Arguments.of("length of a metadata key", GgufBytes.start(0, 1).int64(-1).data(40)),
        Arguments.of(
            "array length",
            GgufBytes.start(0, 1)
                .key("k", GgufValueType.ARRAY)
                .array(GgufValueType.FLOAT64, 1L << 61)
                .data(40)),
        Arguments.of(
            "array length",
            GgufBytes.start(0, 1)
                .key("k", GgufValueType.ARRAY)
                .array(GgufValueType.STRING, 6)
                .data(40)),
        Arguments.of("dimensions", one(-1, 0, 4)),
        Arguments.of("too large to count", one(F32, 0, 1L << 32, 1L << 32)),
        Arguments.of("too large to count", one(F32, 0, -4)),
        Arguments.of("larger than the file", one(F32, 0, 1L << 40)),
        Arguments.of("end after the file", one(F32, 1L << 40, 4)),
        Arguments.of("end after the file", one(F32, -32, 4)),
        Arguments.of("not a multiple of 32", one(F32, 4, 4)),
        Arguments.of("not whole blocks", one(Q4_0, 0, 40)),
        Arguments.of("unknown type", one(5, 0, 4)));
  }

  /** A file of one tensor before 64 bytes of data; a type of -1 stands for -1 dimensions. */
  private static GgufBytes one(int type, long offset, long... shape) {
    GgufBytes file = GgufBytes.start(1, 0);
    if (type < 0) {
      file.text("w").int32(-1).int32(F32).int64(0).int64(0);
    } else {
      file.tensor("w", type, offset, shape);
    }
    return file.align(ALIGNMENT).data(64);
  }

  @ParameterizedTest(name = "{0}, {index}")
  @MethodSource("lies")
  void headersThatLie(String problem, GgufBytes bytes) throws IOException {
    Path file = bytes.write(folder.resolve("lie.gguf"));
    assertThatThrownBy(() -> GgufFile.open(file).close())
        .isInstanceOf(FormatException.class)
        .hasMessageStartingWith(file + ": at byte ")
        .hasMessageContaining(problem);
  }

  /** Large tensors, plain and quantised: a leak would be many times the heap's own growth. */
  @Test
  void aThousandReadsLeaveNothingBehind() throws Exception {
    int values = 1 << 16;
    int plainBytes = values * Float.BYTES;
    int blockBytes = values / 32 * TensorType.Q4_0.blockBytes();
    Path file =
        GgufBytes.start(2, 0)
            .tensor("plain", F32, 0, values)
            .tensor("quantised", Q4_0, plainBytes, values)
            .align(ALIGNMENT)
            .data(plainBytes + blockBytes)
            .write(folder.resolve("large.gguf"));
    LeakMeter.assertFlat(1_000, 64L << 20, () -> readAll(file));
  }
}
