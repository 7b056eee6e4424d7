package org.sememe.training;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Some latents of one row: {@code count} of them, whose numbers stand in {@code indices} from
 * element {@code atIndex} on and all else from element {@code at} on. A view of memory that others
 * own.
 *
 * @param pre pre-activations
 * @param values activations
 * @param slopes the loss's gradients at the activations, then at the pre-activations
 * @param priced what penalties see: the activations, or Gated's opened gates
 * @param pricedSlopes the loss's gradients at those
 */
record CodeRow(
    MemorySegment indices,
    long atIndex,
    MemorySegment pre,
    MemorySegment values,
    MemorySegment slopes,
    MemorySegment priced,
    MemorySegment pricedSlopes,
    long at,
    int count) {

  int latent(int i) {
    return indices.getAtIndex(ValueLayout.JAVA_INT, atIndex + i);
  }

  float pre(int i) {
    return pre.getAtIndex(ValueLayout.JAVA_FLOAT, at + i);
  }

  float value(int i) {
    return values.getAtIndex(ValueLayout.JAVA_FLOAT, at + i);
  }

  void value(int i, float value) {
    values.setAtIndex(ValueLayout.JAVA_FLOAT, at + i, value);
  }

  float slope(int i) {
    return slopes.getAtIndex(ValueLayout.JAVA_FLOAT, at + i);
  }

  void slope(int i, float slope) {
    slopes.setAtIndex(ValueLayout.JAVA_FLOAT, at + i, slope);
  }

  float priced(int i) {
    return priced.getAtIndex(ValueLayout.JAVA_FLOAT, at + i);
  }

  void priced(int i, float value) {
    priced.setAtIndex(ValueLayout.JAVA_FLOAT, at + i, value);
  }

  float pricedSlope(int i) {
    return pricedSlopes.getAtIndex(ValueLayout.JAVA_FLOAT, at + i);
  }

  void pricedSlope(int i, float slope) {
    pricedSlopes.setAtIndex(ValueLayout.JAVA_FLOAT, at + i, slope);
  }
}
