package org.sememe.tensors.pickle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.pickle.PickleValue.Text;
import org.sememe.tensors.testing.LeakMeter;
import org.sememe.tensors.testing.TensorAssertions;

/** Pickles that ask for much with little, and what is left of them. */
@Timeout(60)
class HostilePickleTest {
  private static final long HEAP_FLOOR = 8L << 20;
  private static final long HEAP_FACTOR = 100;
  private static final int MANY = 1_000_000;
  private static final String KEPT = "\u0094";

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  private Path plain(PickleBytes pickle) throws IOException {
    return Files.write(folder.resolve("hostile.pkl"), pickle.toBytes());
  }

  private Path zip(PickleBytes pickle, Map<String, byte[]> storages) throws IOException {
    return PickleBytes.zip(folder.resolve("hostile.pt"), pickle.toBytes(), storages);
  }

  private static void refuse(Path file, String problem) throws IOException {
    refuse(file, problem, Files.size(file));
  }

  private static void refuse(Path file, String problem, long size) {
    ThreadMXBean meter = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = meter.getCurrentThreadAllocatedBytes();
    Throwable thrown = catchThrowable(() -> TorchFile.openAny(file).close());
    long allocated = meter.getCurrentThreadAllocatedBytes() - before;
    assertThat(thrown)
        .isInstanceOf(FormatException.class)
        .hasMessageStartingWith(file + ": at byte ")
        .hasMessageContaining(problem)
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1))
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(1_000));
    assertThat(allocated).isLessThan(HEAP_FLOOR + HEAP_FACTOR * size);
  }

  static Stream<String> repeated() {
    return Stream.of(
        "N",
        ")",
        "]",
        "}",
        "(",
        "K\u0007",
        "2",
        "]" + KEPT,
        "}" + KEPT,
        "N\u0085",
        "(t",
        "(l",
        "U\u0000",
        "\u008a\u0000",
        "C\u0000",
        "]Na",
        "}NNs",
        "}\u0088Ns" + KEPT);
  }

  @ParameterizedTest
  @MethodSource("repeated")
  void manyOpcodesTakeMemoryInProportion(String ops) throws IOException {
    refuse(plain(new PickleBytes().ops("N").ops(ops.repeat(MANY))), "ends inside an opcode");
  }

  @Test
  void depthIsLimited() throws IOException {
    refuse(plain(new PickleBytes().ops("N" + "\u0085".repeat(MANY) + ".")), "containers deep");
    PickleBytes deep = new PickleBytes().vector("0", 1).ops("\u0085".repeat(150) + ".");
    try (TorchFile file = TorchFile.openAny(zip(deep, Map.of("data/0", new byte[4])))) {
      assertThat(file.root()).hasToString("tuple of 1");
      assertThat(file.names()).containsExactly("0.".repeat(149) + "0");
    }
  }

  @Test
  void pathsThatDoubleAtEachLevelAreRefused() throws IOException {
    PickleBytes pickle = new PickleBytes().vector("0", 1);
    pickle.ops("2\u0086".repeat(60)).ops(".");
    refuse(zip(pickle, Map.of("data/0", new byte[4])), "over the limit");
  }

  @Test
  void longKeysInManyNamesAreRefused() throws IOException {
    int tensors = 1_000;
    PickleBytes pickle = new PickleBytes().ops("}").text("k".repeat(MANY)).ops("}(");
    for (int i = 0; i < tensors; i++) {
      pickle.number(i).vector("0", 1);
    }
    Path file = zip(pickle.ops("us."), Map.of("data/0", new byte[4]));
    refuse(file, "over the limit", pickle.toBytes().length); // the pickle is deflated
  }

  @Test
  void manyViewsOfOneLargeStorageAreRefused() throws IOException {
    int values = 1 << 20;
    PickleBytes pickle = new PickleBytes().ops("}(");
    for (int i = 0; i < 1_000; i++) {
      pickle.number(i).vector("0", values);
    }
    byte[] storage = new byte[values * Float.BYTES];
    refuse(zip(pickle.ops("u."), Map.of("data/0", storage)), "over the limit");
  }

  @Test
  void oneTensorUnderManyNamesIsRefused() throws IOException {
    int values = 1 << 20;
    PickleBytes pickle = new PickleBytes().vector("0", values).memo("r", 0).ops("0}(");
    for (int i = 0; i < 1_000; i++) {
      pickle.number(i).memo("j", 0);
    }
    byte[] storage = new byte[values * Float.BYTES];
    refuse(zip(pickle.ops("u."), Map.of("data/0", storage)), "over the limit");
  }

  @Test
  void aTensorInAPlainPickleIsRefused() throws IOException {
    refuse(plain(new PickleBytes().vector("0", 1).ops(".")), "whose values are elsewhere");
  }

  @Test
  void cyclesAreRefused() throws IOException {
    PickleBytes cycle = new PickleBytes().ops("]q\u0000]q\u0001h\u0000aa.");
    refuse(plain(cycle), "a list holds itself");
  }

  @Test
  void namesOfPartsAreTheirPaths() throws IOException {
    PickleBytes pickle = new PickleBytes().ops("}(").text("model").ops("}(");
    pickle.text("w").vector("0", 2).text("k").number(5).ops("u");
    pickle.text("parts").ops("](").vector("0", 2).vector("0", 2).ops("eu.");
    byte[] storage = new byte[8];
    try (PointerScope scope = new PointerScope();
        TorchFile file = TorchFile.open(zip(pickle, Map.of("data/0", storage)))) {
      assertThat(file.names()).containsExactly("model.w", "parts.0", "parts.1");
      assertThat(file.root().dict().flatMap(d -> d.get("model")).flatMap(PickleValue::dict))
          .hasValueSatisfying(
              model -> {
                assertThat(model.entries().sequencedKeySet())
                    .containsExactly(new Text("w"), new Text("k"));
                assertThat(model.get("k").orElseThrow().integer()).hasValue(5);
              });
      assertThat(TensorMemory.floats(file.tensor("parts.1"))).containsExactly(0, 0);
    }
  }

  @Test
  void whatIsWrittenIsReadAndNothingLeaks() throws Exception {
    Path path = folder.resolve("written.pt");
    SequencedMap<String, Object> values = new LinkedHashMap<>();
    try (Tensor tensor = TensorMemory.floats(new float[] {1, 2, 3, 4, 5, 6}, 2, 3)) {
      values.put("W", tensor);
      values.put("k", 3);
      TorchFileWriter.write(path, values);
      LeakMeter.assertFlat(
          200,
          64L << 20,
          () -> {
            try (TorchFile file = TorchFile.open(path);
                Tensor read = file.tensor("W")) {
              TensorAssertions.assertSameBits("W", read, tensor);
              assertThat(file.info("W").bytes()).isEqualTo(24);
            }
          });
    }
  }
}
