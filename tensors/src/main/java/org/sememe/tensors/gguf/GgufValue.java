package org.sememe.tensors.gguf;

import java.math.BigInteger;
import java.util.List;

/** A metadata value. */
public sealed interface GgufValue {
  /** The type that the file stores it as. */
  GgufValueType type();

  /**
   * A whole number.
   *
   * @param bits its value; for {@code UINT64} the 64 bits, to be read as unsigned
   */
  record Whole(GgufValueType type, long bits) implements GgufValue {
    /** The exact value. */
    public BigInteger value() {
      return type == GgufValueType.UINT64
          ? new BigInteger(Long.toUnsignedString(bits))
          : BigInteger.valueOf(bits);
    }
  }

  /** A floating-point number, widened exactly. */
  record Real(GgufValueType type, double value) implements GgufValue {}

  /** A truth value; any byte but 0 is true. */
  record Flag(boolean value) implements GgufValue {
    @Override
    public GgufValueType type() {
      return GgufValueType.BOOL;
    }
  }

  /** A text. */
  record Text(String value) implements GgufValue {
    @Override
    public GgufValueType type() {
      return GgufValueType.STRING;
    }
  }

  /**
   * A list of values of one type.
   *
   * @param element the type of its elements; for {@code ARRAY} they may differ among themselves
   * @param values cannot be changed
   */
  record Array(GgufValueType element, List<GgufValue> values) implements GgufValue {
    @Override
    public GgufValueType type() {
      return GgufValueType.ARRAY;
    }
  }
}
