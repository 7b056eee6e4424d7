package org.sememe.tensors.gguf;

import static org.sememe.tensors.gguf.BlockDecoder.half;

/**
 * Blocks of 256 values: a float16 scale for the block times a small whole scale for each group of
 * 16 or 32 values.
 */
final class SuperBlocks {
  private SuperBlocks() {}

  /** 16 scales and minima of 4 bits, 64 bytes of 2-bit codes, d, dmin; groups of 16. */
  static void q2(byte[] in, int from, float[] out, int to) {
    float d = half(in, from + 80);
    float dmin = half(in, from + 82);
    for (int group = 0; group < 16; group++) {
      float scale = d * (in[from + group] & 15);
      float minimum = dmin * (in[from + group] >> 4 & 15);
      int codes = from + 16 + twoBitBytes(group);
      int shift = twoBitShift(group);
      for (int i = 0; i < 16; i++) {
        out[to + 16 * group + i] = scale * (in[codes + i] >> shift & 3) - minimum;
      }
    }
  }

  /** 32 bytes of third bits, 64 bytes of 2-bit codes, 16 scales of 6 bits, d; groups of 16. */
  static void q3(byte[] in, int from, float[] out, int to) {
    float d = half(in, from + 108);
    for (int group = 0; group < 16; group++) {
      int low = in[from + 96 + group % 8] >> 4 * (group / 8) & 15;
      int high = in[from + 104 + group % 4] >> 2 * (group / 4) & 3;
      float scale = d * ((low | high << 4) - 32);
      int codes = from + 32 + twoBitBytes(group);
      int shift = twoBitShift(group);
      int thirds = from + group % 2 * 16;
      int third = group / 2;
      for (int i = 0; i < 16; i++) {
        // The third bit is stored turned round: a 0 takes 4 away.
        int q = (in[codes + i] >> shift & 3) - (~(in[thirds + i] >> third) & 1) * 4;
        out[to + 16 * group + i] = scale * q;
      }
    }
  }

  /** d, dmin, 8 scales and minima of 6 bits, 128 bytes of 4-bit codes; groups of 32. */
  static void q4(byte[] in, int from, float[] out, int to) {
    float d = half(in, from);
    float dmin = half(in, from + 2);
    for (int group = 0; group < 8; group++) {
      float scale = d * sixBitScale(in, from + 4, group);
      float minimum = dmin * sixBitMinimum(in, from + 4, group);
      int codes = from + 16 + group / 2 * 32;
      int shift = group % 2 * 4;
      for (int i = 0; i < 32; i++) {
        out[to + 32 * group + i] = scale * (in[codes + i] >> shift & 15) - minimum;
      }
    }
  }

  /** As {@link #q4} with 32 bytes of fifth bits before the codes. */
  static void q5(byte[] in, int from, float[] out, int to) {
    float d = half(in, from);
    float dmin = half(in, from + 2);
    int fifths = from + 16;
    for (int group = 0; group < 8; group++) {
      float scale = d * sixBitScale(in, from + 4, group);
      float minimum = dmin * sixBitMinimum(in, from + 4, group);
      int codes = from + 48 + group / 2 * 32;
      int shift = group % 2 * 4;
      for (int i = 0; i < 32; i++) {
        int q = in[codes + i] >> shift & 15 | (in[fifths + i] >> group & 1) << 4;
        out[to + 32 * group + i] = scale * q - minimum;
      }
    }
  }

  /** 128 bytes of 4 low bits, 64 of 2 high bits, 16 signed scales, d; groups of 16. */
  static void q6(byte[] in, int from, float[] out, int to) {
    float d = half(in, from + 208);
    for (int group = 0; group < 16; group++) {
      float scale = d * in[from + 192 + group];
      int low = from + group / 8 * 64 + group % 4 * 16;
      int lowShift = group / 4 % 2 * 4;
      int high = from + 128 + twoBitBytes(group);
      int highShift = twoBitShift(group);
      for (int i = 0; i < 16; i++) {
        int q = in[low + i] >> lowShift & 15 | (in[high + i] >> highShift & 3) << 4;
        out[to + 16 * group + i] = scale * (q - 32);
      }
    }
  }

  /** d, 8 scales of 6 bits (high bits, then low), 128 bytes of 4-bit codes; groups of 32. */
  static void iq4Xs(byte[] in, int from, float[] out, int to) {
    float d = half(in, from);
    int highs = in[from + 2] & 0xff | (in[from + 3] & 0xff) << 8;
    for (int group = 0; group < 8; group++) {
      int low = in[from + 4 + group / 2] >> group % 2 * 4 & 15;
      float scale = d * ((low | (highs >> 2 * group & 3) << 4) - 32);
      SmallBlocks.levels(scale, in, from + 8 + 16 * group, out, to + 32 * group);
    }
  }

  /** Where the 2-bit codes of a group of 16 lie: 128 values share 32 bytes, in four layers. */
  private static int twoBitBytes(int group) {
    return group / 8 * 32 + group % 2 * 16;
  }

  private static int twoBitShift(int group) {
    return group / 2 % 4 * 2;
  }

  /** Groups 0 to 3 keep six bits in place; 4 to 7 keep two of them above the others' six. */
  private static int sixBitScale(byte[] in, int at, int group) {
    return group < 4 ? in[at + group] & 63 : in[at + 4 + group] & 15 | in[at + group - 4] >> 2 & 48;
  }

  private static int sixBitMinimum(byte[] in, int at, int group) {
    return group < 4
        ? in[at + 4 + group] & 63
        : in[at + 4 + group] >> 4 & 15 | in[at + group] >> 2 & 48;
  }
}
