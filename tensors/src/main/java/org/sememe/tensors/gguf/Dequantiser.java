package org.sememe.tensors.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.stream.LongStream;
import org.sememe.tensors.TensorType;

/**
 * Widens all blocks of a tensor, in parallel over ranges of blocks. Values go through small arrays
 * on the heap: the mapped file is read and the result written by bulk copies only.
 *
 * @param type of the blocks
 * @param decoder for them
 */
record Dequantiser(TensorType type, BlockDecoder decoder) {
  private static final int RANGE_VALUES = 1 << 20;
  private static final int PIECE_VALUES = 1 << 12;

  /**
   * Widens {@code blocks} into float32 {@code values}; both hold whole blocks, as many as each
   * other.
   */
  void dequantise(MemorySegment blocks, MemorySegment values) {
    long count = blocks.byteSize() / type.blockBytes();
    long range = RANGE_VALUES / type.blockValues();
    LongStream.range(0, (count + range - 1) / range)
        .parallel()
        .forEach(i -> widen(blocks, values, i * range, Math.min(count, (i + 1) * range)));
  }

  private void widen(MemorySegment blocks, MemorySegment values, long from, long to) {
    int piece = (int) Math.min(PIECE_VALUES / type.blockValues(), to - from);
    byte[] stored = new byte[piece * type.blockBytes()];
    float[] wide = new float[piece * type.blockValues()];
    for (long block = from; block < to; block += piece) {
      int count = (int) Math.min(piece, to - block);
      MemorySegment.copy(
          blocks,
          ValueLayout.JAVA_BYTE,
          block * type.blockBytes(),
          stored,
          0,
          count * type.blockBytes());
      for (int i = 0; i < count; i++) {
        decoder.decode(stored, i * type.blockBytes(), wide, i * type.blockValues());
      }
      MemorySegment.copy(
          wide,
          0,
          values,
          ValueLayout.JAVA_FLOAT,
          block * type.blockValues() * Float.BYTES,
          count * type.blockValues());
    }
  }
}
