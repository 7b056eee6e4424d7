package org.sememe.app.bench;

import java.lang.foreign.MemorySegment;
import org.sememe.analysis.planted.PlantedDictionary;
import org.sememe.training.BatchSource;

/** A planted dictionary's training rows, in order of their numbers, without end. */
final class PlantedBatches implements BatchSource {
  private final PlantedDictionary planted;
  private long position;

  PlantedBatches(PlantedDictionary planted) {
    this.planted = planted;
  }

  @Override
  public int width() {
    return planted.setting().width();
  }

  @Override
  public boolean next(MemorySegment rows) {
    planted.rows(PlantedDictionary.Split.TRAIN, position, rows);
    position += rows.byteSize() / ((long) width() * Float.BYTES);
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
  public void close() {
    // Owns nothing but its place.
  }
}
