package org.sememe.tensors.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.sememe.tensors.safetensors.SafetensorsBytes.entry;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;

/** Headers that lie: one clear error each, soon, allocating little. */
@Timeout(30)
class HostileHeaderTest {
  private static final long MOST_BYTES = 8L << 20;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  private void refuse(Path file, String problem) {
    ThreadMXBean meter = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = meter.getCurrentThreadAllocatedBytes();
    Throwable thrown = catchThrowable(() -> SafetensorsFile.open(file).close());
    long allocated = meter.getCurrentThreadAllocatedBytes() - before;
    assertThat(thrown)
        .isInstanceOf(FormatException.class)
        .hasMessageStartingWith(file + ": at byte ")
        .hasMessageContaining(problem)
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1))
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(1_000));
    assertThat(allocated).isLessThan(MOST_BYTES);
  }

  private Path file() {
    return folder.resolve("hostile.safetensors");
  }

  @ParameterizedTest
  @ValueSource(longs = {100_000_001, 1L << 40, Long.MAX_VALUE, Long.MIN_VALUE, -1})
  void lengthsOverTheLimit(long length) throws IOException {
    byte[] header = "{}".getBytes(StandardCharsets.UTF_8);
    refuse(SafetensorsBytes.write(file(), length, header, 0), "over the limit of 100000000");
  }

  @ParameterizedTest
  @ValueSource(longs = {3, 1_000, 100_000_000})
  void lengthsOverTheFile(long length) throws IOException {
    byte[] header = "{}".getBytes(StandardCharsets.UTF_8);
    refuse(
        SafetensorsBytes.write(file(), length, header, 0),
        "header of " + length + " bytes in a file of 10");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1})
  void lengthsTooShortForAnObject(long length) throws IOException {
    byte[] header = "{}".getBytes(StandardCharsets.UTF_8);
    refuse(SafetensorsBytes.write(file(), length, header, 0), "not JSON in UTF-8");
  }

  /** JSON readers like to guess another encoding by zero bytes and byte order marks. */
  @ParameterizedTest
  @ValueSource(strings = {"UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE", "UTF-16"})
  void otherEncodings(String encoding) throws IOException {
    byte[] header = "{}".getBytes(Charset.forName(encoding));
    refuse(SafetensorsBytes.write(file(), header.length, header, 0), "not a safetensors file");
  }

  static Stream<Arguments> headers() {
    String huge = "9223372036854775807";
    return Stream.of(
        Arguments.of("overlaps", two("F32", "[1]", 0, 4, "F32", "[1]", 2, 6), 6),
        Arguments.of("overlaps", two("F32", "[1]", 0, 4, "F32", "[1]", 0, 4), 4),
        Arguments.of("leaves a gap", two("F32", "[1]", 0, 4, "F32", "[1]", 6, 10), 10),
        Arguments.of("leaves a gap", one("F32", "[1]", 4, 8), 8),
        Arguments.of("4 bytes after the last tensor", one("F32", "[1]", 0, 4), 8),
        Arguments.of("8 bytes after the last tensor", "{}", 8),
        Arguments.of("in 4 bytes of data", one("F32", "[2]", 0, 8), 4),
        Arguments.of("in 4 bytes of data", one("F32", "[1]", 4, 0), 4),
        Arguments.of("in 4 bytes of data", one("F32", "[1]", 0, Long.MAX_VALUE), 4),
        Arguments.of("something other than a size", one("F32", "[1]", -4, 0), 0),
        Arguments.of("something other than a size", one("F32", "[-1]", 0, 4), 4),
        Arguments.of("something other than a size", one("F32", "[-1,-1]", 0, 4), 4),
        Arguments.of("something other than a size", one("F32", "[1.0]", 0, 4), 4),
        Arguments.of("something other than a size", one("F32", "[\"1\"]", 0, 4), 4),
        Arguments.of("something other than a size", one("F32", "[[1]]", 0, 4), 4),
        Arguments.of("something other than a size", one("F32", "[null]", 0, 4), 4),
        Arguments.of("something other than a size", one("F32", "[9223372036854775808]", 0, 4), 4),
        Arguments.of("something other than a size", one("F32", "[1e999999999999]", 0, 4), 4),
        Arguments.of("not JSON", one("F32", "[" + "9".repeat(5_000) + "]", 0, 4), 4),
        Arguments.of("an array for tensor \"a\": shape", one("F32", "1", 0, 4), 4),
        Arguments.of("4 bytes for shape [2] of F32", one("F32", "[2]", 0, 4), 4),
        Arguments.of("4 bytes for shape [1] of F64", one("F64", "[1]", 0, 4), 4),
        Arguments.of("4 bytes for shape [0] of F32", one("F32", "[0]", 0, 4), 4),
        Arguments.of("too large to count", one("F32", "[4294967296,4294967296]", 0, 0), 0),
        Arguments.of("too large to count", one("F32", "[4611686018427387905]", 0, 4), 4),
        Arguments.of("too large to count", one("U8", "[" + huge + "," + huge + "]", 0, 1), 1),
        Arguments.of("too large to count", one("U8", "[0," + huge + "," + huge + "]", 0, 0), 0),
        Arguments.of("too large to count", one("F32", "[" + huge + ",0]", 0, 0), 0),
        Arguments.of("dtype \"F33\" is not known", one("F33", "[1]", 0, 4), 4),
        Arguments.of("dtype \"Q4_0\" is not known", one("Q4_0", "[32]", 0, 18), 18),
        Arguments.of("Duplicate", two("F32", "[1]", 0, 4, "F32", "[1]", 4, 8).replace("b", "a"), 8),
        Arguments.of("Duplicate", "{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\"}}", 0),
        Arguments.of("Duplicate", "{\"__metadata__\":{},\"__metadata__\":{}}", 0),
        Arguments.of("1 data_offsets instead of 2", "{\"a\":" + fields("[0]") + "}", 0),
        Arguments.of("3 data_offsets instead of 2", "{\"a\":" + fields("[0,0,0]") + "}", 0),
        Arguments.of("missing", "{\"a\":{\"dtype\":\"U8\",\"shape\":[]}}", 0),
        Arguments.of("an object for tensor \"a\"", "{\"a\":[]}", 0),
        Arguments.of("an object for tensor \"a\"", "{\"a\":null}", 0),
        Arguments.of("an object for __metadata__", "{\"__metadata__\":[]}", 0),
        Arguments.of("a string for metadata entry \"n\"", "{\"__metadata__\":{\"n\":5}}", 0),
        Arguments.of("a string for dtype", "{\"a\":{\"dtype\":5}}", 0),
        Arguments.of("text after the header", "{}{}", 0),
        Arguments.of("not JSON", "{} x", 0),
        Arguments.of("not JSON", "{\"a\":", 0),
        Arguments.of("not JSON", "{\"a\":{\"x\":" + "[".repeat(20_000), 0),
        Arguments.of("not JSON", "{\"a\":{\"x\":" + "{\"x\":".repeat(20_000), 0),
        Arguments.of("not JSON", "{\"" + "n".repeat(200_000) + "\":{}}", 0),
        Arguments.of("not JSON", "{\"a\nb\":{}}", 0));
  }

  private static String one(String dtype, String shape, long begin, long end) {
    return "{" + entry("a", dtype, shape, begin, end) + "}";
  }

  private static String two(
      String dtype,
      String shape,
      long begin,
      long end,
      String dtype2,
      String shape2,
      long begin2,
      long end2) {
    return "{"
        + entry("a", dtype, shape, begin, end)
        + ","
        + entry("b", dtype2, shape2, begin2, end2)
        + "}";
  }

  private static String fields(String offsets) {
    return "{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":" + offsets + "}";
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("headers")
  void headersThatLie(String problem, String header, int data) throws IOException {
    refuse(SafetensorsBytes.write(file(), header, data), problem);
  }

  @Test
  void invalidUtf8() throws IOException {
    byte[] header = "{\"?\":{}}".getBytes(StandardCharsets.UTF_8);
    header[2] = (byte) 0xFF;
    refuse(SafetensorsBytes.write(file(), header.length, header, 0), "not JSON");
  }

  /** Correct, if odd: a reader that accepts them must also be able to hand them out. */
  @Test
  void edgesOfTheFormatAreRead() throws IOException {
    String ones = String.join(",", Collections.nCopies(50, "1"));
    String header =
        "{"
            + String.join(
                ",",
                entry("scalar", "F32", "[]", 1, 5),
                entry("byte", "U8", "[1]", 0, 1),
                entry("long and empty", "F32", "[1099511627776,0]", 5, 5),
                entry("fifty", "U8", "[" + ones + "]", 5, 6))
            + "}   ";
    try (PointerScope scope = new PointerScope();
        SafetensorsFile file = SafetensorsFile.open(SafetensorsBytes.write(file(), header, 6))) {
      assertThat(file.names()).containsExactly("scalar", "byte", "long and empty", "fifty");
      assertThat(TensorMemory.shape(file.tensor("scalar"))).isEmpty();
      assertThat(TensorMemory.floats(file.tensor("scalar")))
          .containsExactly(Float.intBitsToFloat(0x04030201));
      assertThat(TensorMemory.shape(file.tensor("long and empty"))).containsExactly(1L << 40, 0);
      assertThat(TensorMemory.shape(file.tensor("fifty"))).hasSize(50);
      assertThat(TensorMemory.longs(file.tensor("fifty"))).containsExactly(5);
    }
  }
}
