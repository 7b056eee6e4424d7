package org.sememe.tensors.tensorflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.protobuf.MessageBytes;
import org.sememe.tensors.testing.Damage;

/** Checkpoints written by hand, whole, lying and damaged. */
@Timeout(60)
class TensorBundleTest {
  private static final long SEED = 20_261_126;
  private static final int MUTATIONS = 2_000;
  private static final long MOST_BYTES = 8L << 20;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  private static BundleBytes small() {
    return BundleBytes.start()
        .floats("module/bert/a", new long[] {2, 2}, 1, 2, 3, 4)
        .floats("module/bert/b", new long[] {}, 5)
        .floats("module/bert/none", new long[] {0, 3})
        .entry("module/text", BundleBytes.variable(7, 0, 0, 0, 1))
        .floats("z", new long[] {3}, 6, 7, 8);
  }

  private static void readAll(Path path) throws IOException {
    try (PointerScope scope = new PointerScope();
        TensorBundle bundle = TensorBundle.open(path)) {
      for (String name : bundle.names()) {
        if (bundle.readable(name)) {
          assertThat(bundle.tensor(name).dim()).isEqualTo(bundle.info(name).shape().size());
        }
      }
    }
  }

  /** CRC-32C of "123456789" is e3069283 (Castagnoli's check value); LevelDB's mask over it. */
  @Test
  void checksumOfTheCheckValue() {
    byte[] digits = "123456789".getBytes(StandardCharsets.US_ASCII);
    assertThat(Checksum.masked(MemorySegment.ofArray(digits)))
        .isEqualTo(((0xe3069283 >>> 15) | (0xe3069283 << 17)) + 0xa282ead8);
  }

  @Test
  void variablesAreReadAsTheyWereWritten() throws IOException {
    try (PointerScope scope = new PointerScope();
        TensorBundle bundle = TensorBundle.open(small().write(folder))) {
      assertThat(bundle.names())
          .containsExactly("module/bert/a", "module/bert/b", "module/bert/none", "z");
      assertThat(bundle.info("module/bert/a").shape()).containsExactly(2L, 2L);
      assertThat(TensorMemory.floats(bundle.tensor("module/bert/a"))).containsExactly(1, 2, 3, 4);
      assertThat(TensorMemory.floats(bundle.tensor("module/bert/b"))).containsExactly(5);
      assertThat(bundle.tensor("module/bert/none").numel()).isZero();
      assertThat(TensorMemory.floats(bundle.tensor("z"))).containsExactly(6, 7, 8);
      assertThatThrownBy(() -> bundle.tensor("y")).isInstanceOf(IllegalArgumentException.class);
    }
  }

  static Stream<Arguments> lies() {
    MessageBytes slices = new MessageBytes().number(1, 1).message(7, new MessageBytes());
    return Stream.of(
        Arguments.of("how many shards", new BundleBytes().floats("a", new long[] {1}, 1)),
        Arguments.of("shards", new BundleBytes().entry("", new MessageBytes().number(1, 1L << 40))),
        Arguments.of(
            "which is missing", new BundleBytes().entry("", new MessageBytes().number(1, 2))),
        Arguments.of("kept in slices", BundleBytes.start().entry("a", slices)),
        Arguments.of("cut short", lying(1, 0, 1L << 50, 1L << 48)),
        Arguments.of("cut short", lying(1, -4, 4, 1)),
        Arguments.of("in 4 bytes", lying(1, 0, 4, 2)),
        Arguments.of("in 4 bytes", lying(1, 0, 4, 1L << 62, 4)),
        Arguments.of("not a number", lying(99, 0, 4, 1)),
        Arguments.of("its checksum", lying(1, 0, 4, 1)),
        Arguments.of(
            "another one does",
            BundleBytes.start()
                .floats("a", new long[] {1}, 0)
                .entry("b", sameValues())
                .entry("c", sameValues())),
        Arguments.of(
            "not behind",
            BundleBytes.start()
                .floats("a", new long[] {1}, 0)
                .floats("c", new long[] {1}, 0)
                .floats("b", new long[] {1}, 0)));
  }

  private static MessageBytes sameValues() {
    int checksum = Checksum.masked(MemorySegment.ofArray(new byte[Float.BYTES]));
    return BundleBytes.variable(BundleBytes.F32, 0, Float.BYTES, checksum, 1);
  }

  /** One that says something wrong of the only value. */
  private static BundleBytes lying(int type, long start, long size, long... shape) {
    return BundleBytes.start()
        .floats("a", new long[] {1}, 1)
        .entry("b", BundleBytes.variable(type, start, size, 0, shape));
  }

  @ParameterizedTest(name = "{0}, {index}")
  @MethodSource("lies")
  void entriesThatLie(String problem, BundleBytes bytes) throws IOException {
    Path file = bytes.write(folder);
    assertThatThrownBy(() -> TensorBundle.open(file).close())
        .isInstanceOf(FormatException.class)
        .hasMessageContaining(": at byte ")
        .hasMessageContaining(problem);
  }

  /** Each block twice over: the work would grow with the square of the file's size. */
  @Test
  void blocksThatOverlap() throws IOException {
    Path file = small().write(folder);
    List<byte[]> blocks = small().blocks();
    byte[] table = BundleBytes.table(List.of(blocks.getFirst()));
    byte[] handle = new MessageBytes().varint(0).varint(blocks.getFirst().length).toBytes();
    Files.write(file, BundleBytes.indexed(table, List.of(handle, handle)));
    assertThatThrownBy(() -> TensorBundle.open(file))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("inside the one before");
  }

  @Test
  void damagedFilesAreRefusedOrRead() throws Exception {
    Path index = small().write(folder);
    Damage.checkInPlace(index, path -> readAll(index));
    Damage.checkInPlace(folder.resolve("variables.data-00000-of-00001"), path -> readAll(index));
  }

  /** Behind right checksums, where only the reader's own checks help. */
  @Test
  void damagedBlocksWithRightChecksums() throws Exception {
    Path file = small().write(folder);
    List<byte[]> blocks = small().blocks();
    ThreadMXBean meter = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    int refused = 0;
    System.out.println("Mutations of blocks: seed " + SEED + ", " + MUTATIONS + " cases");
    for (int i = 0; i < MUTATIONS; i++) {
      RandomStream random = RandomStream.of(SEED).stream(i);
      List<byte[]> mutated = new ArrayList<>(Collections.nCopies(blocks.size(), new byte[0]));
      Collections.copy(mutated, blocks);
      for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
        int block = random.nextInt(blocks.size());
        byte[] bytes = mutated.get(block).clone();
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        mutated.set(block, bytes);
      }
      Files.write(file, BundleBytes.table(mutated));
      long allocated = meter.getCurrentThreadAllocatedBytes();
      try {
        readAll(file);
      } catch (FormatException e) {
        refused++;
        assertThat(e.getMessage().lines().count()).as("case %d: %s", i, e).isEqualTo(1);
      } catch (Throwable e) {
        throw new AssertionError("seed " + SEED + ", case " + i, e);
      }
      assertThat(meter.getCurrentThreadAllocatedBytes() - allocated)
          .as("case %d", i)
          .isLessThan(MOST_BYTES);
    }
    assertThat(refused).isBetween(MUTATIONS / 2, MUTATIONS);
  }
}
