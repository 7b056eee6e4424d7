package org.sememe.tensors.onnx;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.TensorType;
import org.sememe.tensors.archive.ByteSource;
import org.sememe.tensors.archive.Layout;
import org.sememe.tensors.archive.StoredTensor;
import org.sememe.tensors.protobuf.MessageCursor;

/**
 * A TensorProto.
 *
 * @param tensor empty where its values lie in another file, are texts, or are written one by one
 */
record OnnxTensor(String name, List<Long> shape, Optional<StoredTensor> tensor) {
  private static final int EXTERNAL = 1;
  private static final int RAW = 9;

  static OnnxTensor read(Path file, MessageCursor message) throws FormatException {
    long offset = message.offset();
    String name = "";
    List<Long> shape = new ArrayList<>();
    long number = 0;
    boolean elsewhere = false;
    Optional<ByteSource> values = Optional.empty();
    while (message.next()) {
      switch (message.field()) {
        case 1 -> shape.addAll(message.numbers());
        case 2 -> number = message.number();
        case 4, RAW, 10 -> { // floats, raw bytes, doubles
          boolean single = message.field() != RAW && !message.holdsBytes();
          elsewhere |= single || values.isPresent();
          values = elsewhere ? Optional.empty() : Optional.of(bytes(message));
        }
        case 5, 6, 7, 11 -> elsewhere = true;
        case 8 -> name = message.text();
        case 14 -> elsewhere |= message.number() == EXTERNAL;
        default -> {}
      }
    }
    Optional<TensorType> type = type(number);
    if (elsewhere || type.isEmpty()) {
      return new OnnxTensor(name, List.copyOf(shape), Optional.empty());
    }
    ByteSource source = values.orElse(ByteSource.of(MemorySegment.NULL, offset));
    return new OnnxTensor(
        name,
        List.copyOf(shape),
        Optional.of(stored(file, "initialiser \"" + name + "\"", shape, type.get(), source)));
  }

  private static ByteSource bytes(MessageCursor message) throws FormatException {
    return ByteSource.of(message.bytes(), message.offset());
  }

  private static StoredTensor stored(
      Path file, String what, List<Long> shape, TensorType type, ByteSource source)
      throws FormatException {
    Layout layout = Layout.rowMajor(shape);
    int valueBytes = type.blockBytes();
    if (layout.problem(source.size() / valueBytes, valueBytes).isPresent()
        || layout.values() * valueBytes != source.size()) {
      throw new FormatException(
          file,
          source.offset(),
          what + " is " + shape + " of " + type + " in " + source.size() + " bytes");
    }
    return new StoredTensor(type, layout, ByteOrder.LITTLE_ENDIAN, source);
  }

  /** The numbers of TensorProto.DataType. */
  private static Optional<TensorType> type(long number) {
    return switch ((int) number) {
      case 1 -> Optional.of(TensorType.F32);
      case 2 -> Optional.of(TensorType.U8);
      case 3 -> Optional.of(TensorType.I8);
      case 4 -> Optional.of(TensorType.U16);
      case 5 -> Optional.of(TensorType.I16);
      case 6 -> Optional.of(TensorType.I32);
      case 7 -> Optional.of(TensorType.I64);
      case 9 -> Optional.of(TensorType.BOOL);
      case 10 -> Optional.of(TensorType.F16);
      case 11 -> Optional.of(TensorType.F64);
      case 12 -> Optional.of(TensorType.U32);
      case 13 -> Optional.of(TensorType.U64);
      case 16 -> Optional.of(TensorType.BF16);
      default -> Optional.empty();
    };
  }
}
