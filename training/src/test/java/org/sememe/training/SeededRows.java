package org.sememe.training;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.sememe.tensors.RandomStream;

/** Rows that a dictionary can learn: each a sum of three of some fixed directions. */
final class SeededRows implements BatchSource {
  private static final int TERMS = 3;

  private final List<Integer> parts;
  private final int width;
  private final RandomStream random;
  private final float[][] directions;
  private long position;

  SeededRows(long seed, int width) {
    this(seed, List.of(width));
  }

  /** Rows of several parts, whose directions run through all of them. */
  SeededRows(long seed, List<Integer> parts) {
    this.parts = parts;
    this.width = parts.stream().mapToInt(Integer::intValue).sum();
    this.random = RandomStream.of(seed);
    this.directions = new float[2 * width][width];
    RandomStream own = random.stream("directions");
    for (float[] direction : directions) {
      for (int j = 0; j < width; j++) {
        direction[j] = (float) (own.nextGaussian() / Math.sqrt(width));
      }
    }
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public List<Integer> parts() {
    return parts;
  }

  @Override
  public boolean next(MemorySegment rows) {
    rows.fill((byte) 0);
    long count = rows.byteSize() / Float.BYTES / width;
    for (long row = 0; row < count; row++) {
      RandomStream own = random.stream(position++);
      for (int term = 0; term < TERMS; term++) {
        float[] direction = directions[own.nextInt(directions.length)];
        float weight = 1 + own.nextFloat();
        for (int j = 0; j < width; j++) {
          long at = row * width + j;
          float before = rows.getAtIndex(ValueLayout.JAVA_FLOAT, at);
          rows.setAtIndex(ValueLayout.JAVA_FLOAT, at, before + weight * direction[j]);
        }
      }
    }
    return true;
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
