package org.sememe.tensors.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.Sha256;
import org.sememe.tensors.TensorInfo;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.TensorType;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.Damage;
import org.sememe.tensors.testing.LeakMeter;
import org.sememe.tensors.testing.TensorAssertions;

/** What the writer writes, the reader reads back to the bit. */
class SafetensorsRoundTripTest {
  private static final long SEED = 62;
  private static final long[][] SHAPES = {{}, {1}, {7}, {3, 5}, {2, 0, 3}, {2, 3, 1, 5}};

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  /** A tensor of any bits: NaNs of every kind, infinities, negative zeros. */
  private static Tensor anyBits(RandomStream random, TensorType type, long... shape) {
    Tensor tensor = TensorMemory.empty(type.scalarType().orElseThrow(), shape);
    MemorySegment memory = TensorMemory.segment(tensor);
    for (long i = 0; i < memory.byteSize(); i++) {
      int value = type == TensorType.BOOL ? random.nextInt(2) : random.nextInt();
      memory.set(ValueLayout.JAVA_BYTE, i, (byte) value);
    }
    return tensor;
  }

  private static List<TensorType> types() {
    return Stream.of(TensorType.values()).filter(type -> type.scalarType().isPresent()).toList();
  }

  /** Every type in every shape, small types first, so that nothing is aligned by luck. */
  private static SequencedMap<String, Tensor> everything() {
    RandomStream random = RandomStream.of(SEED);
    SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
    for (TensorType type : types().reversed()) {
      for (long[] shape : SHAPES) {
        tensors.put(
            type + " " + List.of(shape.length) + tensors.size(), anyBits(random, type, shape));
      }
    }
    return tensors;
  }

  private Path write(SequencedMap<String, Tensor> tensors, Map<String, String> metadata)
      throws IOException {
    Path file = folder.resolve("model.safetensors");
    SafetensorsWriter.write(file, tensors, metadata);
    return file;
  }

  @Test
  void theDigestIsThatOfTheFile() throws IOException {
    try (PointerScope scope = new PointerScope()) {
      SequencedMap<String, Tensor> tensors = everything();
      Path plain = write(tensors, Map.of("a", "b"));
      Path hashed = folder.resolve("hashed.safetensors");
      SafetensorsWriter.Written written =
          SafetensorsWriter.writeHashed(hashed, tensors, Map.of("a", "b"));
      assertThat(hashed).hasSameBinaryContentAs(plain);
      assertThat(written.bytes()).isEqualTo(Files.size(hashed));
      assertThat(written.sha256()).isEqualTo(Sha256.of(hashed));
      Path nowhere = folder.resolve("no/such/file.safetensors");
      assertThatThrownBy(() -> SafetensorsWriter.writeHashed(nowhere, tensors, Map.of()))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void everyTypeInEveryShape() throws IOException {
    try (PointerScope scope = new PointerScope()) {
      SequencedMap<String, Tensor> tensors = everything();
      try (SafetensorsFile file = SafetensorsFile.open(write(tensors, Map.of()))) {
        assertThat(file.names()).containsExactlyElementsOf(tensors.keySet());
        assertThat(file.metadata()).isEmpty();
        tensors.forEach(
            (name, tensor) -> {
              TensorAssertions.assertSameBits(name, file.tensor(name), tensor);
              TensorInfo info = file.info(name);
              assertThat(info.dimensions()).isEqualTo(TensorMemory.shape(tensor));
              assertThat(info.values() * info.type().blockBytes()).isEqualTo(info.bytes());
              assertThat(info.offset() % info.type().blockBytes())
                  .as("offset of %s", name)
                  .isZero();
              assertThat(file.readable(name)).isTrue();
              assertThat(file.bytes(name).mismatch(TensorMemory.segment(tensor))).isEqualTo(-1);
            });
        assertThat(
                tensors.keySet().stream().mapToLong(n -> file.info(n).offset()).min().orElse(1)
                    % 64)
            .isZero();
      }
    }
  }

  @Test
  void tensorsOutliveTheirFileAndWidenToFloats() throws IOException {
    try (PointerScope scope = new PointerScope()) {
      SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
      Tensor values = TensorMemory.floats(new float[] {1.5f, -2, 0.25f}, 3);
      types().forEach(type -> tensors.put(type.name(), values.to(type.scalarType().orElseThrow())));
      Map<String, Tensor> read = new LinkedHashMap<>();
      try (SafetensorsFile file = SafetensorsFile.open(write(tensors, Map.of()))) {
        tensors.keySet().forEach(name -> read.put(name, file.floats(name)));
      }
      tensors.forEach(
          (name, tensor) ->
              TensorAssertions.assertSameBits(name, read.get(name), tensor.to(ScalarType.Float)));
    }
  }

  @Test
  void metadataAndOddNamesSurvive() throws IOException {
    try (PointerScope scope = new PointerScope()) {
      SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
      for (String name : List.of("z", "", "a b", "\"\\\n\t\0/../", "größe 語 🧩", "dtype")) {
        tensors.put(name, TensorMemory.floats(new float[] {tensors.size()}, 1));
      }
      Map<String, String> metadata =
          Map.of(
              "format",
              "pt",
              "",
              "empty key",
              "json",
              "{\"a\": [1, \"ü\"]}",
              "long",
              "x".repeat(100_000));
      try (SafetensorsFile file = SafetensorsFile.open(write(tensors, metadata))) {
        assertThat(file.names()).containsExactlyElementsOf(tensors.keySet());
        assertThat(file.metadata()).isEqualTo(metadata);
        assertThat(List.copyOf(file.metadata().keySet())).isSorted();
        int number = 0;
        for (String name : file.names()) {
          assertThat(TensorMemory.floats(file.tensor(name))).containsExactly(number++);
        }
      }
    }
  }

  @Test
  void theSameTensorsGiveTheSameBytesOverWhateverWasThere() throws IOException {
    try (PointerScope scope = new PointerScope()) {
      Map<String, String> metadata = Map.of("b", "1", "a", "2", "c", "3");
      byte[] first = Files.readAllBytes(write(everything(), metadata));
      Map<String, String> sameInAnotherOrder = new LinkedHashMap<>();
      List.of("c", "b", "a").forEach(key -> sameInAnotherOrder.put(key, metadata.get(key)));
      assertThat(Files.readAllBytes(write(everything(), sameInAnotherOrder))).isEqualTo(first);
      Path file = write(new LinkedHashMap<>(), Map.of());
      try (SafetensorsFile none = SafetensorsFile.open(file)) {
        assertThat(none.names()).isEmpty();
      }
    }
  }

  @Test
  void partsOfATensorAreWrittenAsWhatTheyShow() throws IOException {
    try (PointerScope scope = new PointerScope()) {
      Tensor whole = TensorMemory.floats(new float[] {1, 2, 3, 4, 5, 6}, 3, 2);
      SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
      tensors.put("last rows", whole.narrow(0, 1, 2));
      try (SafetensorsFile file = SafetensorsFile.open(write(tensors, Map.of()))) {
        assertThat(TensorMemory.floats(file.tensor("last rows"))).containsExactly(3, 4, 5, 6);
      }
    }
  }

  @Test
  void whatCannotBeWrittenIsRefusedByNameAndLeavesTheOldFile() throws IOException {
    try (PointerScope scope = new PointerScope()) {
      Tensor good = TensorMemory.floats(new float[] {1, 2}, 1, 2);
      SequencedMap<String, Tensor> old = new LinkedHashMap<>();
      old.put("w", good);
      byte[] before = Files.readAllBytes(write(old, Map.of()));
      refuse("turned", TensorMemory.floats(new float[4], 2, 2).t());
      refuse("spread", TensorMemory.floats(new float[1], 1).expand(new long[] {3}, false));
      refuse("complex", TensorMemory.empty(ScalarType.ComplexFloat, 2));
      refuse("__metadata__", good);
      assertThat(folder.resolve("model.safetensors")).hasBinaryContent(before);
      try (Stream<Path> files = Files.list(folder)) {
        assertThat(files).hasSize(1);
      }
    }
  }

  private void refuse(String name, Tensor tensor) {
    SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put(name, tensor);
    assertThatThrownBy(() -> write(tensors, Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(name);
  }

  @Test
  void typesThatAreOnlyListedGiveTheirBytes() throws IOException {
    List<String> entries = new ArrayList<>();
    int end = 0;
    for (TensorType type : TensorType.values()) {
      if (type.blockValues() == 1 && type.scalarType().isEmpty()) {
        int bytes = 3 * type.blockBytes();
        entries.add(SafetensorsBytes.entry(type.name(), type.name(), "[3]", end, end + bytes));
        end += bytes;
      }
    }
    Path path =
        SafetensorsBytes.write(
            folder.resolve("listed.safetensors"), "{" + String.join(",", entries) + "}", end);
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThat(file.names()).hasSize(entries.size()).isNotEmpty();
      int at = 0;
      for (String name : file.names()) {
        assertThat(file.readable(name)).isFalse();
        assertThat(file.bytes(name).get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) at);
        at += (int) file.info(name).bytes();
        assertThatThrownBy(() -> file.tensor(name))
            .isInstanceOf(UnsupportedOperationException.class)
            .hasMessageContaining(path.toString())
            .hasMessageContaining(name);
      }
    }
  }

  @Test
  void namesThatAreNotThereAndClosedFilesAreRefused() throws IOException {
    try (PointerScope scope = new PointerScope()) {
      SafetensorsFile file = SafetensorsFile.open(write(everything(), Map.of()));
      String name = file.names().getFirst();
      assertThatThrownBy(() -> file.tensor("absent"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(file.path() + ": no tensor \"absent\"");
      assertThatThrownBy(() -> file.names().clear())
          .isInstanceOf(UnsupportedOperationException.class);
      MemorySegment bytes = file.bytes(name);
      file.close();
      file.close();
      assertThatThrownBy(() -> bytes.get(ValueLayout.JAVA_BYTE, 0))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void damagedFilesAreRefusedOrRead() throws Exception {
    Path file;
    try (PointerScope scope = new PointerScope()) {
      file = write(everything(), Map.of("format", "pt"));
    }
    Damage.check(file, folder, SafetensorsRoundTripTest::readAll);
  }

  private static void readAll(Path path) throws IOException {
    try (PointerScope scope = new PointerScope();
        SafetensorsFile file = SafetensorsFile.open(path)) {
      for (String name : file.names()) {
        if (file.readable(name)) {
          assertThat(file.tensor(name).nbytes()).isEqualTo(file.info(name).bytes());
        }
      }
    }
  }

  @Test
  void roomIsTheSameFileWithZerosInIt() throws IOException {
    Map<String, String> metadata = Map.of("of", "nothing yet");
    try (PointerScope scope = new PointerScope()) {
      SequencedMap<String, Tensor> zeros = new LinkedHashMap<>();
      SequencedMap<String, SafetensorsWriter.Room> rooms = new LinkedHashMap<>();
      for (TensorType type : types().reversed()) {
        for (long[] shape : SHAPES) {
          String name = type + " " + zeros.size();
          zeros.put(name, TensorMemory.empty(type.scalarType().orElseThrow(), shape).zero_());
          List<Long> sizes = LongStream.of(shape).boxed().toList();
          rooms.put(name, new SafetensorsWriter.Room(type, sizes));
        }
      }
      Path written = folder.resolve("written.safetensors");
      Path reserved = folder.resolve("reserved.safetensors");
      SafetensorsWriter.write(written, zeros, metadata);
      SafetensorsWriter.reserve(reserved, rooms, metadata);
      assertThat(reserved).hasSameBinaryContentAs(written);
    }
  }

  @Test
  void aThousandReadsAndWritesLeaveNothingBehind() throws Exception {
    Path file = folder.resolve("large.safetensors");
    try (Tensor large = TensorMemory.empty(ScalarType.Half, 100_000)) {
      SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
      tensors.put("large", large);
      SafetensorsWriter.write(file, tensors, Map.of());
      LeakMeter.assertFlat(
          1_000,
          64L << 20,
          () -> {
            try (SafetensorsFile read = SafetensorsFile.open(file);
                Tensor wide = read.floats("large")) {
              assertThat(wide.nbytes()).isEqualTo(400_000);
            }
          });
      LeakMeter.assertFlat(50, 64L << 20, () -> SafetensorsWriter.write(file, tensors, Map.of()));
    }
  }
}
