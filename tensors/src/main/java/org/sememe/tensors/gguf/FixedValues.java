package org.sememe.tensors.gguf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.AbstractList;
import java.util.Objects;
import java.util.RandomAccess;

/** Values of one fixed width, kept as the file's bytes and decoded when they are asked for. */
final class FixedValues extends AbstractList<GgufValue> implements RandomAccess {
  private final GgufValueType type;
  private final ByteBuffer bytes;

  FixedValues(GgufValueType type, byte[] bytes) {
    this.type = type;
    this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public int size() {
    return bytes.capacity() / type.leastBytes();
  }

  @Override
  public GgufValue get(int index) {
    int at = Objects.checkIndex(index, size()) * type.leastBytes();
    return switch (type) {
      case UINT8 -> whole(Byte.toUnsignedLong(bytes.get(at)));
      case INT8 -> whole(bytes.get(at));
      case UINT16 -> whole(Short.toUnsignedLong(bytes.getShort(at)));
      case INT16 -> whole(bytes.getShort(at));
      case UINT32 -> whole(Integer.toUnsignedLong(bytes.getInt(at)));
      case INT32 -> whole(bytes.getInt(at));
      case UINT64, INT64 -> whole(bytes.getLong(at));
      case FLOAT32 -> new GgufValue.Real(type, bytes.getFloat(at));
      case FLOAT64 -> new GgufValue.Real(type, bytes.getDouble(at));
      case BOOL -> new GgufValue.Flag(bytes.get(at) != 0);
      case STRING, ARRAY -> throw new AssertionError(type + " has no fixed width");
    };
  }

  private GgufValue whole(long bits) {
    return new GgufValue.Whole(type, bits);
  }
}
