package org.sememe.tensors.pickle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.zip.ZipFile;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.TensorAssertions;

/** What is written as a torch file is read back. */
class TorchFileWriterTest {
  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  private static SequencedMap<String, Object> values() {
    SequencedMap<String, Object> inner = new LinkedHashMap<>();
    inner.put("k", 32);
    inner.put("postact_fn", "ReLU");
    SequencedMap<String, Object> values = new LinkedHashMap<>();
    values.put("encoder.weight", TensorMemory.floats(new float[] {1, -2, 3, 4, 5, 6}, 2, 3));
    for (ScalarType type :
        new ScalarType[] {
          ScalarType.Double,
          ScalarType.Half,
          ScalarType.BFloat16,
          ScalarType.Long,
          ScalarType.Int,
          ScalarType.Bool
        }) {
      values.put("as " + type, torch.ones(3, 1).to(type));
    }
    values.put("scalar", torch.full(new long[0], new Scalar(7)).to(ScalarType.Int));
    values.put("nothing", torch.zeros(0, 4).to(ScalarType.Float));
    values.put("state", inner);
    values.put("text", "naïve");
    values.put("small", -3);
    values.put("large", 1L << 40);
    values.put("real", 0.25);
    values.put("truth", true);
    return values;
  }

  @Test
  void everythingComesBack() throws IOException {
    Path file = folder.resolve("all.pt");
    try (PointerScope scope = new PointerScope()) {
      SequencedMap<String, Object> values = values();
      TorchFileWriter.write(file, values);
      try (TorchFile read = TorchFile.open(file)) {
        values.forEach(
            (name, value) -> {
              if (value instanceof Tensor tensor) {
                TensorAssertions.assertSameBits(name, read.tensor(name), tensor);
              }
            });
        PickleValue.Dict root = read.root().dict().orElseThrow();
        assertThat(root.entries()).hasSameSizeAs(values);
        assertThat(root.get("text")).contains(new PickleValue.Text("naïve"));
        assertThat(root.get("small")).contains(new PickleValue.Int(BigInteger.valueOf(-3)));
        assertThat(root.get("large")).contains(new PickleValue.Int(BigInteger.ONE.shiftLeft(40)));
        assertThat(root.get("real")).contains(new PickleValue.Real(0.25));
        assertThat(root.get("truth")).contains(new PickleValue.Bool(true));
        PickleValue.Dict state = root.get("state").orElseThrow().dict().orElseThrow();
        assertThat(state.get("k").orElseThrow().integer()).hasValue(32);
        assertThat(state.get("postact_fn").orElseThrow().text()).contains("ReLU");
      }
    }
  }

  @Test
  void theArchiveIsStoredUnderOneRootAndTheSameEachTime() throws IOException {
    Path first = folder.resolve("first.pt");
    Path second = folder.resolve("second.pt");
    try (PointerScope scope = new PointerScope()) {
      TorchFileWriter.write(first, values());
      TorchFileWriter.write(second, values());
    }
    assertThat(Files.mismatch(first, second)).isEqualTo(-1);
    try (ZipFile zip = new ZipFile(first.toFile())) {
      assertThat(zip.stream().allMatch(entry -> entry.getName().startsWith("archive/"))).isTrue();
      assertThat(zip.stream().allMatch(entry -> entry.getSize() == entry.getCompressedSize()))
          .isTrue();
      assertThat(zip.getEntry("archive/data.pkl")).isNotNull();
      assertThat(zip.getEntry("archive/version")).isNotNull();
    }
  }

  @Test
  void otherValuesAreRefusedAndNothingIsWritten() {
    Path file = folder.resolve("refused.pt");
    SequencedMap<String, Object> values = new LinkedHashMap<>();
    values.put("thread", Thread.currentThread());
    assertThatThrownBy(() -> TorchFileWriter.write(file, values))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(file).doesNotExist();
  }
}
