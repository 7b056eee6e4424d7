package org.sememe.tensors.npz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.sememe.tensors.testing.TensorAssertions.assertSameBits;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
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
import org.sememe.tensors.Torch;

class NpzWriterTest {
  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  private static Tensor counted(long... shape) {
    long count = 1;
    for (long size : shape) {
      count *= size;
    }
    return torch.arange(new Scalar(count)).to(ScalarType.Float).div(new Scalar(7)).reshape(shape);
  }

  @Test
  void readsBackEveryShape() throws IOException {
    Path file = folder.resolve("a.npz");
    try (PointerScope scope = new PointerScope()) {
      SequencedMap<String, Tensor> arrays = new LinkedHashMap<>();
      arrays.put("none", counted());
      arrays.put("one", counted(5));
      arrays.put("empty", counted(0, 3));
      arrays.put("many", counted(2, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 7));
      NpzWriter.write(file, arrays);
      try (NpzFile read = NpzFile.open(file)) {
        assertThat(read.names()).containsExactlyInAnyOrderElementsOf(arrays.keySet());
        for (String name : arrays.keySet()) {
          assertSameBits(name, read.tensor(name), arrays.get(name));
        }
      }
    }
  }

  /** What numpy's own {@code savez} writes before the data of such an array. */
  @Test
  void hasNumpysHeader() throws IOException {
    Path file = folder.resolve("a.npz");
    try (PointerScope scope = new PointerScope()) {
      SequencedMap<String, Tensor> arrays = new LinkedHashMap<>();
      arrays.put("b", counted(101));
      NpzWriter.write(file, arrays);
    }
    try (ZipFile zip = new ZipFile(file.toFile());
        InputStream in = zip.getInputStream(zip.getEntry("b.npy"))) {
      byte[] bytes = in.readAllBytes();
      assertThat(bytes).hasSize(128 + 4 * 101);
      assertThat(bytes).startsWith(0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 118, 0);
      String dict = new String(bytes, 10, 118, StandardCharsets.US_ASCII);
      assertThat(dict)
          .isEqualTo(
              "%-117s\n".formatted("{'descr': '<f4', 'fortran_order': False, 'shape': (101,), }"));
    }
  }

  @Test
  void anotherTypeIsRefusedAndLeavesNothing() throws IOException {
    Path file = folder.resolve("a.npz");
    try (PointerScope scope = new PointerScope()) {
      SequencedMap<String, Tensor> arrays = new LinkedHashMap<>();
      arrays.put("k", torch.arange(new Scalar(3)));
      assertThatThrownBy(() -> NpzWriter.write(file, arrays))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("k is not of float32");
    }
    assertThat(Files.exists(file)).isFalse();
  }
}
