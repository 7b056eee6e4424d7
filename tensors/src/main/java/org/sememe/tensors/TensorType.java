package org.sememe.tensors;

import java.util.Optional;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * How a file stores a tensor's values: in blocks of a fixed number of values and bytes (of one
 * value for plain types). The quantised types are those of GGUF.
 */
public enum TensorType {
  F64(1, 8),
  F32(1, 4),
  F16(1, 2),
  BF16(1, 2),
  I64(1, 8),
  I32(1, 4),
  I16(1, 2),
  I8(1, 1),
  U8(1, 1),
  BOOL(1, 1),

  U64(1, 8),
  U32(1, 4),
  U16(1, 2),
  F8_E4M3(1, 1),
  F8_E5M2(1, 1),
  F8_E8M0(1, 1),
  C64(1, 8),

  Q4_0(32, 18),
  Q4_1(32, 20),
  Q5_0(32, 22),
  Q5_1(32, 24),
  Q8_0(32, 34),
  Q8_1(32, 36),
  Q2_K(256, 84),
  Q3_K(256, 110),
  Q4_K(256, 144),
  Q5_K(256, 176),
  Q6_K(256, 210),
  Q8_K(256, 292),
  IQ1_S(256, 50),
  IQ1_M(256, 56),
  IQ2_XXS(256, 66),
  IQ2_XS(256, 74),
  IQ2_S(256, 82),
  IQ3_XXS(256, 98),
  IQ3_S(256, 110),
  IQ4_NL(32, 18),
  IQ4_XS(256, 136),
  TQ1_0(256, 54),
  TQ2_0(256, 66),
  MXFP4(32, 17);

  private final int blockValues;
  private final int blockBytes;

  TensorType(int blockValues, int blockBytes) {
    this.blockValues = blockValues;
    this.blockBytes = blockBytes;
  }

  /** Values in a block. */
  public int blockValues() {
    return blockValues;
  }

  /** Bytes of a block. */
  public int blockBytes() {
    return blockBytes;
  }

  /**
   * The libtorch type with the same bytes; empty for quantised types and those not computed with.
   */
  public Optional<ScalarType> scalarType() {
    return switch (this) {
      case F64 -> Optional.of(ScalarType.Double);
      case F32 -> Optional.of(ScalarType.Float);
      case F16 -> Optional.of(ScalarType.Half);
      case BF16 -> Optional.of(ScalarType.BFloat16);
      case I64 -> Optional.of(ScalarType.Long);
      case I32 -> Optional.of(ScalarType.Int);
      case I16 -> Optional.of(ScalarType.Short);
      case I8 -> Optional.of(ScalarType.Char);
      case U8 -> Optional.of(ScalarType.Byte);
      case BOOL -> Optional.of(ScalarType.Bool);
      case U64 -> Optional.of(ScalarType.UInt64);
      case U32 -> Optional.of(ScalarType.UInt32);
      case U16 -> Optional.of(ScalarType.UInt16);
      case F8_E4M3 -> Optional.of(ScalarType.Float8_e4m3fn);
      case F8_E5M2 -> Optional.of(ScalarType.Float8_e5m2);
      default -> Optional.empty();
    };
  }

  /** The type that stores tensors of {@code type}; empty if files have none. */
  public static Optional<TensorType> of(ScalarType type) {
    // Native calls return copies of the constants.
    ScalarType constant = type.intern();
    for (TensorType candidate : values()) {
      if (candidate.scalarType().filter(t -> t == constant).isPresent()) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }
}
