package org.sememe.sae;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.tensors.TensorMemory;

/**
 * The active latents of some rows, row-major {@code [rows, k]}. Each row's values fall in
 * magnitude; of equal ones the lower latent comes first. A value of 0 is no code. A row with fewer
 * than k active latents ends in zeros, whose latents are others that are not active: a row's
 * indices always differ from one another.
 *
 * <p>A view of memory that its maker owns. Not thread-safe while that memory is written.
 *
 * @param rows n
 * @param k places a row
 * @param indices int32 {@code [n, k]}, 0 to F - 1
 * @param values float32 {@code [n, k]}; below 0 only where the sparsity keeps signs
 * @param frames float32 {@code [n, 2]}: what each reconstruction is multiplied by, and what is
 *     added to it then; empty where rows are not normalised
 */
public record SparseCodes(
    int rows, int k, MemorySegment indices, MemorySegment values, MemorySegment frames) {
  public SparseCodes {
    long bytes = (long) rows * k * Float.BYTES;
    if (indices.byteSize() < bytes || values.byteSize() < bytes) {
      throw new IllegalArgumentException("codes of " + rows + " x " + k + " need more memory");
    }
  }

  /** Codes of rows that are not normalised. */
  public SparseCodes(int rows, int k, MemorySegment indices, MemorySegment values) {
    this(rows, k, indices, values, MemorySegment.NULL);
  }

  /** The indices as a tensor of their own, int32 {@code [rows, k]}, in the caller's scope. */
  public Tensor indexTensor() {
    return TensorMemory.copy(indices.asSlice(0, bytes()), ScalarType.Int, rows, k);
  }

  /** The values as a tensor of their own, float32 {@code [rows, k]}, in the caller's scope. */
  public Tensor valueTensor() {
    return TensorMemory.copy(values.asSlice(0, bytes()), ScalarType.Float, rows, k);
  }

  private long bytes() {
    return (long) rows * k * Float.BYTES;
  }

  /** Undoes a row's normalisation in its reconstruction, in {@code target [rows, d]}. */
  void denormalise(int row, MemorySegment target, int d) {
    if (frames.byteSize() == 0) {
      return;
    }
    float factor = frames.getAtIndex(ValueLayout.JAVA_FLOAT, 2L * row);
    float offset = frames.getAtIndex(ValueLayout.JAVA_FLOAT, 2L * row + 1);
    for (long i = (long) row * d; i < (long) (row + 1) * d; i++) {
      float value = target.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      target.setAtIndex(ValueLayout.JAVA_FLOAT, i, value * factor + offset);
    }
  }

  /** What a row's decoded activations are multiplied by: 1 unless rows are normalised. */
  public double outward(int row) {
    return frames.byteSize() == 0 ? 1 : frames.getAtIndex(ValueLayout.JAVA_FLOAT, 2L * row);
  }

  /** The latent at a place. */
  public int latent(int row, int place) {
    return indices.getAtIndex(ValueLayout.JAVA_INT, (long) row * k + place);
  }

  /** The activation at a place; 0 where the row has no more active latents. */
  public float value(int row, int place) {
    return values.getAtIndex(ValueLayout.JAVA_FLOAT, (long) row * k + place);
  }

  /** A row's active latents as plain arrays. */
  public ActiveLatents active(int row) {
    int count = 0;
    while (count < k && value(row, count) != 0) {
      count++;
    }
    int[] latents = new int[count];
    float[] activations = new float[count];
    for (int place = 0; place < count; place++) {
      latents[place] = latent(row, place);
      activations[place] = value(row, place);
    }
    return new ActiveLatents(latents, activations);
  }
}
