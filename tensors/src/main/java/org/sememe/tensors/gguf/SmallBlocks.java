package org.sememe.tensors.gguf;

import static org.sememe.tensors.gguf.BlockDecoder.half;
import static org.sememe.tensors.gguf.BlockDecoder.level;

/**
 * Blocks of 32 values with one scale. The four-bit codes of values i and i + 16 share byte i, the
 * lower half first.
 */
final class SmallBlocks {
  private static final int HALF = 16;

  private SmallBlocks() {}

  /** Scale, 16 bytes of codes: {@code d (q - 8)}. */
  static void q4Zero(byte[] in, int from, float[] out, int to) {
    float d = half(in, from);
    for (int i = 0; i < HALF; i++) {
      int codes = in[from + 2 + i];
      out[to + i] = d * ((codes & 15) - 8);
      out[to + HALF + i] = d * ((codes >> 4 & 15) - 8);
    }
  }

  /** Scale, minimum, 16 bytes of codes: {@code d q + m}. */
  static void q4One(byte[] in, int from, float[] out, int to) {
    float d = half(in, from);
    float m = half(in, from + 2);
    for (int i = 0; i < HALF; i++) {
      int codes = in[from + 4 + i];
      out[to + i] = d * (codes & 15) + m;
      out[to + HALF + i] = d * (codes >> 4 & 15) + m;
    }
  }

  /** Scale, 32 fifth bits, 16 bytes of codes: {@code d (q - 16)}. */
  static void q5Zero(byte[] in, int from, float[] out, int to) {
    float d = half(in, from);
    int fifth = int32(in, from + 2);
    for (int i = 0; i < HALF; i++) {
      int codes = in[from + 6 + i];
      out[to + i] = d * ((codes & 15 | (fifth >>> i & 1) << 4) - 16);
      out[to + HALF + i] = d * ((codes >> 4 & 15 | (fifth >>> i + HALF & 1) << 4) - 16);
    }
  }

  /** Scale, minimum, 32 fifth bits, 16 bytes of codes: {@code d q + m}. */
  static void q5One(byte[] in, int from, float[] out, int to) {
    float d = half(in, from);
    float m = half(in, from + 2);
    int fifth = int32(in, from + 4);
    for (int i = 0; i < HALF; i++) {
      int codes = in[from + 8 + i];
      out[to + i] = d * (codes & 15 | (fifth >>> i & 1) << 4) + m;
      out[to + HALF + i] = d * (codes >> 4 & 15 | (fifth >>> i + HALF & 1) << 4) + m;
    }
  }

  /** Scale, 32 signed bytes: {@code d q}. */
  static void q8Zero(byte[] in, int from, float[] out, int to) {
    float d = half(in, from);
    for (int i = 0; i < 2 * HALF; i++) {
      out[to + i] = d * in[from + 2 + i];
    }
  }

  /** Scale, 16 bytes of codes into a table: {@code d level(q)}. */
  static void iq4Nl(byte[] in, int from, float[] out, int to) {
    levels(half(in, from), in, from + 2, out, to);
  }

  /** 32 values of sixteen levels each, from 16 bytes of codes. */
  static void levels(float d, byte[] in, int codesAt, float[] out, int to) {
    for (int i = 0; i < HALF; i++) {
      int codes = in[codesAt + i];
      out[to + i] = d * level(codes & 15);
      out[to + HALF + i] = d * level(codes >> 4 & 15);
    }
  }

  private static int int32(byte[] in, int at) {
    return in[at] & 0xff | (in[at + 1] & 0xff) << 8 | (in[at + 2] & 0xff) << 16 | in[at + 3] << 24;
  }
}
