package org.sememe.tensors.gguf;

import java.util.Optional;

/** The types of metadata values, in the order of their numbers in the file. */
public enum GgufValueType {
  UINT8(1),
  INT8(1),
  UINT16(2),
  INT16(2),
  UINT32(4),
  INT32(4),
  FLOAT32(4),
  BOOL(1),
  STRING(8),
  ARRAY(12),
  UINT64(8),
  INT64(8),
  FLOAT64(8);

  private final int leastBytes;

  GgufValueType(int leastBytes) {
    this.leastBytes = leastBytes;
  }

  /** The bytes that a value takes in the file, at least: exactly, but for strings and arrays. */
  int leastBytes() {
    return leastBytes;
  }

  /** Whether all values take the same number of bytes. */
  boolean fixed() {
    return this != STRING && this != ARRAY;
  }

  static Optional<GgufValueType> of(int id) {
    return id >= 0 && id < values().length ? Optional.of(values()[id]) : Optional.empty();
  }
}
