package org.sememe.tensors.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.TensorType;
import org.sememe.tensors.Torch;
import org.sememe.tensors.protobuf.MessageBytes;
import org.sememe.tensors.testing.Damage;

/** Models written by hand, whole, lying and damaged. */
@Timeout(60)
class OnnxFileTest {
  private static final int F32 = 1;
  private static final int I64 = 7;
  private static final int STRING = 8;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  private static byte[] floats(float... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }

  private static MessageBytes tensor(String name, int type, long... shape) {
    MessageBytes tensor = new MessageBytes();
    for (long size : shape) {
      tensor.number(1, size);
    }
    return tensor.number(2, type).text(8, name);
  }

  private static MessageBytes product(String module, String... inputs) {
    MessageBytes node = new MessageBytes();
    for (String input : inputs) {
      node.text(1, input);
    }
    return node.text(2, "out").text(3, module).text(4, "MatMul");
  }

  private static MessageBytes small() {
    MessageBytes packed = new MessageBytes().varint(2).varint(1);
    return new MessageBytes()
        .message(1, product("/layer.0/dense/MatMul", "x", "onnx::MatMul_7"))
        .message(1, product("/layer.0/MatMul_1", "x", "onnx::MatMul_8"))
        .message(5, tensor("layer.0.dense.bias", F32, 2).bytes(9, floats(1, 2)))
        .message(5, tensor("onnx::MatMul_7", F32, 3, 2).bytes(9, floats(1, 2, 3, 4, 5, 6)))
        .message(
            5,
            new MessageBytes()
                .bytes(1, packed.toBytes())
                .number(2, F32)
                .text(8, "packed")
                .bytes(4, floats(7, 8)))
        .message(5, tensor("positions", I64, 1).bytes(9, new byte[] {5, 0, 0, 0, 0, 0, 0, 0}))
        .message(5, tensor("scalar", F32).bytes(9, floats(9)))
        .message(5, tensor("texts", STRING, 1).text(6, "a"))
        .message(5, tensor("elsewhere", F32, 1).number(14, 1))
        .message(5, tensor("none", F32, 0, 4));
  }

  private Path write(MessageBytes graph) throws IOException {
    MessageBytes model = new MessageBytes().number(1, 8).text(2, "test").message(7, graph);
    return Files.write(folder.resolve("model.onnx"), model.toBytes());
  }

  @Test
  void weightsAreReadAsTheyWereWritten() throws IOException {
    try (PointerScope scope = new PointerScope();
        OnnxFile file = OnnxFile.open(write(small()))) {
      assertThat(file.names())
          .containsExactly(
              "layer.0.dense.bias",
              "layer.0.dense.weight",
              "packed",
              "positions",
              "scalar",
              "none");
      assertThat(TensorMemory.floats(file.tensor("layer.0.dense.bias"))).containsExactly(1, 2);
      Tensor turned = file.tensor("layer.0.dense.weight");
      assertThat(TensorMemory.shape(turned)).containsExactly(2, 3);
      assertThat(TensorMemory.floats(turned)).containsExactly(1, 3, 5, 2, 4, 6);
      assertThat(file.info("packed").shape()).containsExactly(2L, 1L);
      assertThat(TensorMemory.floats(file.tensor("packed"))).containsExactly(7, 8);
      assertThat(file.info("positions").type()).isEqualTo(TensorType.I64);
      assertThat(TensorMemory.floats(file.floats("positions"))).containsExactly(5);
      assertThat(TensorMemory.floats(file.tensor("scalar"))).containsExactly(9);
      assertThat(file.tensor("none").numel()).isZero();
      assertThatThrownBy(() -> file.tensor("texts")).isInstanceOf(IllegalArgumentException.class);
    }
  }

  static Stream<Arguments> lies() {
    return Stream.of(
        Arguments.of("in 12 bytes", tensor("a", F32, 4).bytes(9, floats(1, 2, 3))),
        Arguments.of("", tensor("a", F32, 1L << 62, 4).bytes(9, floats(1))),
        Arguments.of("", tensor("a", F32, -1).bytes(9, floats(1))),
        Arguments.of("is not bytes", tensor("a", F32, 1).number(9, 3)),
        Arguments.of("is not a whole number", tensor("a", F32, 1).text(2, "x")),
        Arguments.of("UTF-8", new MessageBytes().bytes(8, new byte[] {(byte) 0xff})));
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("lies")
  void tensorsThatLie(String problem, MessageBytes tensor) throws IOException {
    Path file = write(new MessageBytes().message(5, tensor));
    assertThatThrownBy(() -> OnnxFile.open(file).close())
        .isInstanceOf(FormatException.class)
        .hasMessageStartingWith(file + ": at byte ")
        .hasMessageContaining(problem);
  }

  @Test
  void otherFiles() throws IOException {
    Path empty = Files.write(folder.resolve("empty.onnx"), new byte[0]);
    assertThatThrownBy(() -> OnnxFile.open(empty)).hasMessageContaining("no ONNX model");
    Path text = Files.writeString(folder.resolve("text.onnx"), "a text, no model");
    assertThatThrownBy(() -> OnnxFile.open(text)).isInstanceOf(FormatException.class);
    Path twice =
        write(
            new MessageBytes()
                .message(5, tensor("a", F32, 1).bytes(9, floats(1)))
                .message(5, tensor("a", F32, 1).bytes(9, floats(1))));
    assertThatThrownBy(() -> OnnxFile.open(twice)).hasMessageContaining("\"a\" occurs twice");
  }

  @Test
  void damagedFilesAreRefusedOrRead() throws Exception {
    Damage.check(
        write(small()),
        folder,
        path -> {
          try (PointerScope scope = new PointerScope();
              OnnxFile file = OnnxFile.open(path)) {
            for (String name : file.names()) {
              if (file.readable(name)) {
                assertThat(file.tensor(name).dim()).isEqualTo(file.info(name).shape().size());
              }
            }
          }
        });
  }
}
