package org.sememe.kernels;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * Exact pre-activations of a row's candidates. Four rows of the encoder are read at a time: they
 * lie far apart, and one alone would wait for memory. Stateless, thread-safe.
 */
final class Rescore {
  private static final int AT_ONCE = 4;

  private Rescore() {}

  /**
   * Puts the candidates' exact values in the place of their approximate ones and drops those that
   * are not above 0.
   */
  static void exact(
      Shortlists lists,
      int row,
      MemorySegment x,
      long atX,
      MemorySegment encoder,
      MemorySegment bias,
      int d) {
    long values = Address.of(x, atX, d);
    int[] latents = lists.latents[row];
    int count = lists.counts[row];
    lists.counts[row] = 0; // those that are kept take the places of those that were read
    for (int i = 0; i < count; i += AT_ONCE) {
      int last = count - 1; // repeated where fewer are left, so that each goes the same way
      int f0 = latents[i];
      int f1 = latents[Math.min(i + 1, last)];
      int f2 = latents[Math.min(i + 2, last)];
      int f3 = latents[Math.min(i + 3, last)];
      long at0 = Address.of(encoder, (long) f0 * d * Float.BYTES, d);
      long at1 = Address.of(encoder, (long) f1 * d * Float.BYTES, d);
      long at2 = Address.of(encoder, (long) f2 * d * Float.BYTES, d);
      long at3 = Address.of(encoder, (long) f3 * d * Float.BYTES, d);
      FloatVector s0 = FloatVector.zero(Lanes.SPECIES);
      FloatVector s1 = s0;
      FloatVector s2 = s0;
      FloatVector s3 = s0;
      int j = 0;
      long o = 0;
      for (; j <= d - Lanes.WIDTH; j += Lanes.WIDTH, o += Lanes.STEP) {
        FloatVector v = Lanes.load(values + o);
        s0 = Lanes.load(at0 + o).fma(v, s0);
        s1 = Lanes.load(at1 + o).fma(v, s1);
        s2 = Lanes.load(at2 + o).fma(v, s2);
        s3 = Lanes.load(at3 + o).fma(v, s3);
      }
      float p0 = Lanes.sum(s0);
      float p1 = Lanes.sum(s1);
      float p2 = Lanes.sum(s2);
      float p3 = Lanes.sum(s3);
      for (; j < d; j++, o += Float.BYTES) {
        float v = Lanes.get(values + o);
        p0 = Math.fma(Lanes.get(at0 + o), v, p0);
        p1 = Math.fma(Lanes.get(at1 + o), v, p1);
        p2 = Math.fma(Lanes.get(at2 + o), v, p2);
        p3 = Math.fma(Lanes.get(at3 + o), v, p3);
      }
      keep(lists, row, p0 + bias(bias, f0), f0);
      if (i + 1 < count) {
        keep(lists, row, p1 + bias(bias, f1), f1);
      }
      if (i + 2 < count) {
        keep(lists, row, p2 + bias(bias, f2), f2);
      }
      if (i + 3 < count) {
        keep(lists, row, p3 + bias(bias, f3), f3);
      }
    }
  }

  private static float bias(MemorySegment bias, int latent) {
    return Lanes.get(Address.of(bias, (long) latent * Float.BYTES, 1));
  }

  private static void keep(Shortlists lists, int row, float value, int latent) {
    if (value > 0) {
      lists.add(row, value, latent);
    }
  }
}
