package org.sememe.tensors.gguf;

import java.util.Optional;
import org.sememe.tensors.TensorType;

/**
 * Widens one block to float32. The order of the operations is that of the format's reference (scale
 * times quant, then the minimum; no fused multiply-add), so the values are bit-equal to it.
 */
@FunctionalInterface
interface BlockDecoder {
  /** Widens the block at {@code from} into {@code values} at {@code to}. */
  void decode(byte[] blocks, int from, float[] values, int to);

  /** The decoder of a quantised type; empty for types that have none. */
  static Optional<BlockDecoder> of(TensorType type) {
    return switch (type) {
      case Q4_0 -> Optional.of(SmallBlocks::q4Zero);
      case Q4_1 -> Optional.of(SmallBlocks::q4One);
      case Q5_0 -> Optional.of(SmallBlocks::q5Zero);
      case Q5_1 -> Optional.of(SmallBlocks::q5One);
      case Q8_0 -> Optional.of(SmallBlocks::q8Zero);
      case IQ4_NL -> Optional.of(SmallBlocks::iq4Nl);
      case Q2_K -> Optional.of(SuperBlocks::q2);
      case Q3_K -> Optional.of(SuperBlocks::q3);
      case Q4_K -> Optional.of(SuperBlocks::q4);
      case Q5_K -> Optional.of(SuperBlocks::q5);
      case Q6_K -> Optional.of(SuperBlocks::q6);
      case IQ4_XS -> Optional.of(SuperBlocks::iq4Xs);
      default -> Optional.empty();
    };
  }

  /** The float16 at {@code at}. */
  static float half(byte[] blocks, int at) {
    return Float.float16ToFloat((short) (blocks[at] & 0xff | blocks[at + 1] << 8));
  }

  /** The sixteen levels of the IQ4 types: a four-bit code is an index into them. */
  static float level(int code) {
    return Levels.IQ4[code];
  }

  /** Holds the table of {@link #level}. */
  final class Levels {
    private static final float[] IQ4 = {
      -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
    };

    private Levels() {}
  }
}
