package org.sememe.activations;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.tensors.TensorType;

/** How a store keeps one activation value. Readers always hand out float32. */
public enum StoreType {
  /** 32-bit, exact: rows can be used where they lie in the file. */
  F32(4),
  /** 16-bit IEEE: range to 65,504, 11 significant bits. Larger values become infinite. */
  F16(2),
  /** 16-bit with float32's range and 8 significant bits. */
  BF16(2);

  private final int bytes;

  StoreType(int bytes) {
    this.bytes = bytes;
  }

  /** The same type in a file. */
  TensorType fileType() {
    return TensorType.valueOf(name());
  }

  /** The same type in libtorch. */
  ScalarType scalarType() {
    return fileType().scalarType().orElseThrow();
  }

  /** Bytes a value. */
  public int bytes() {
    return bytes;
  }

  /** The name in manifests and on the command line: {@code f32}, {@code f16}, {@code bf16}. */
  @JsonValue
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The type called {@code key}.
   *
   * @throws IllegalArgumentException for any other name
   */
  @JsonCreator
  public static StoreType of(String key) {
    for (StoreType type : values()) {
      if (type.key().equals(key)) {
        return type;
      }
    }
    throw new IllegalArgumentException("no dtype \"" + key + "\": use f32, bf16 or f16");
  }

  /**
   * Copies {@code count} values from the stored form to float32.
   *
   * @param stored the stored values, starting at byte {@code storedOffset}
   * @param target where the float32 values go, starting at byte {@code targetOffset}
   */
  void widen(
      MemorySegment stored,
      long storedOffset,
      MemorySegment target,
      long targetOffset,
      long count) {
    switch (this) {
      case F32 -> MemorySegment.copy(stored, storedOffset, target, targetOffset, count * 4);
      case F16 -> {
        for (long i = 0; i < count; i++) {
          short value = stored.get(ValueLayout.JAVA_SHORT_UNALIGNED, storedOffset + 2 * i);
          target.set(
              ValueLayout.JAVA_FLOAT_UNALIGNED, targetOffset + 4 * i, Float.float16ToFloat(value));
        }
      }
      case BF16 -> {
        for (long i = 0; i < count; i++) {
          short value = stored.get(ValueLayout.JAVA_SHORT_UNALIGNED, storedOffset + 2 * i);
          target.set(ValueLayout.JAVA_INT_UNALIGNED, targetOffset + 4 * i, value << 16);
        }
      }
    }
  }

  /**
   * Copies {@code count} float32 values from the start of {@code row} to the stored form, rounded
   * to the nearest, at byte {@code storedOffset} on.
   */
  void narrow(MemorySegment row, MemorySegment stored, long storedOffset, long count) {
    switch (this) {
      case F32 -> MemorySegment.copy(row, 0, stored, storedOffset, count * 4);
      case F16 -> {
        for (long i = 0; i < count; i++) {
          short value = Float.floatToFloat16(row.getAtIndex(ValueLayout.JAVA_FLOAT, i));
          stored.set(ValueLayout.JAVA_SHORT_UNALIGNED, storedOffset + 2 * i, value);
        }
      }
      case BF16 -> {
        for (long i = 0; i < count; i++) {
          int bits = Float.floatToIntBits(row.getAtIndex(ValueLayout.JAVA_FLOAT, i));
          int rounded = bits + 0x7FFF + (bits >>> 16 & 1); // to the nearest, of two the even one
          stored.set(
              ValueLayout.JAVA_SHORT_UNALIGNED, storedOffset + 2 * i, (short) (rounded >>> 16));
        }
      }
    }
  }
}
