package org.sememe.app.pictures;

import java.lang.foreign.MemorySegment;
import org.bytedeco.pytorch.Tensor;
import org.sememe.tensors.TensorMemory;

/**
 * What a module of a picture network gave, a row a spatial position.
 *
 * @param samples pictures
 * @param height of the map
 * @param width of the map
 * @param channels values a row
 * @param rows {@code [samples, height, width, channels]}
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ModuleMap(int samples, int height, int width, int channels, float[] rows) {
  /** Of a module's output, {@code [samples, channels, height, width]}. */
  static ModuleMap of(Tensor output) {
    return new ModuleMap(
        Math.toIntExact(output.size(0)),
        Math.toIntExact(output.size(2)),
        Math.toIntExact(output.size(3)),
        Math.toIntExact(output.size(1)),
        TensorMemory.floats(output.permute(0, 2, 3, 1).contiguous()));
  }

  /** Rows of a picture. */
  public int places() {
    return height * width;
  }

  /** A picture's rows, float32 {@code [places, channels]}, a copy in native order. */
  public MemorySegment sample(int sample) {
    long bytes = (long) places() * channels * Float.BYTES;
    return MemorySegment.ofArray(rows).asSlice(sample * bytes, bytes);
  }
}
