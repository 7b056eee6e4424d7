package org.sememe.training;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import org.sememe.tensors.RandomStream;

/**
 * Rows of several parts that the same few active features write to: {@code sum_i c_i
 * direction[part][i]}, with a little noise.
 */
final class PlantedParts implements BatchSource {
  private static final double NOISE = 0.01;

  private final RandomStream random;
  private final float[][][] directions;
  private final double chance;
  private final boolean shuffled;
  private long position;

  /**
   * Rows.
   *
   * @param directions by part and feature; zeros where a feature does not write
   * @param active features a row, on average
   * @param shuffled whether each part has codes of its own: a control
   */
  PlantedParts(long seed, float[][][] directions, double active, boolean shuffled) {
    this.random = RandomStream.of(seed).stream("planted");
    this.directions = directions;
    this.chance = active / directions[0].length;
    this.shuffled = shuffled;
  }

  /** Random directions of norm 1. */
  static float[][] directions(long seed, String name, int count, int width) {
    RandomStream own = RandomStream.of(seed).stream(name);
    float[][] all = new float[count][width];
    for (float[] one : all) {
      double squares = 0;
      for (int j = 0; j < width; j++) {
        one[j] = (float) own.nextGaussian();
        squares += one[j] * one[j];
      }
      for (int j = 0; j < width; j++) {
        one[j] /= (float) Math.sqrt(squares);
      }
    }
    return all;
  }

  /** What a feature writes to a row. */
  float[] direction(int feature) {
    float[] row = new float[width()];
    int at = 0;
    for (float[][] part : directions) {
      System.arraycopy(part[feature], 0, row, at, part[feature].length);
      at += part[feature].length;
    }
    return row;
  }

  @Override
  public int width() {
    return parts().stream().mapToInt(Integer::intValue).sum();
  }

  @Override
  public List<Integer> parts() {
    return Arrays.stream(directions).map(part -> part[0].length).toList();
  }

  @Override
  public boolean next(MemorySegment rows) {
    int width = width();
    long count = rows.byteSize() / Float.BYTES / width;
    for (long row = 0; row < count; row++) {
      RandomStream own = random.stream(position++);
      float[] codes = codes(own);
      long at = row * width;
      for (float[][] part : directions) {
        float[] values = new float[part[0].length];
        for (int feature = 0; feature < codes.length; feature++) {
          for (int j = 0; codes[feature] != 0 && j < values.length; j++) {
            values[j] += codes[feature] * part[feature][j];
          }
        }
        for (float value : values) {
          rows.setAtIndex(
              ValueLayout.JAVA_FLOAT, at++, (float) (value + NOISE * own.nextGaussian()));
        }
        codes = shuffled ? codes(own) : codes;
      }
    }
    return true;
  }

  private float[] codes(RandomStream own) {
    float[] codes = new float[directions[0].length];
    for (int feature = 0; feature < codes.length; feature++) {
      codes[feature] = own.nextDouble() < chance ? 0.5f + own.nextFloat() : 0;
    }
    return codes;
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public void seek(long wanted) {
    position = wanted;
  }

  @Override
  public void close() {}
}
