package org.sememe.sae.dictionary;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.sae.fold.RowNormalisation;
import org.sememe.tensors.TensorMemory;

/** Activations as a matrix, and back. */
public final class InputRows {
  private final Tensor values;
  private final long[] leading;
  private final long[] row;

  private InputRows(Tensor values, long[] leading, long[] row) {
    this.values = values;
    this.leading = leading;
    this.row = row;
  }

  /**
   * Rows whose last dimensions hold {@code width} values together, such as heads.
   *
   * @throws IllegalArgumentException if none do
   */
  public static InputRows of(Tensor x, long width) {
    long[] shape = TensorMemory.shape(x);
    int first = shape.length;
    long size = 1;
    while (first > 1 && size < width) {
      first--;
      size = Math.multiplyExact(size, shape[first]);
    }
    if (size != width || first < 1) {
      throw new IllegalArgumentException(
          "x is " + Arrays.toString(shape) + ", where rows of " + width + " values are needed");
    }
    return new InputRows(
        x.to(ScalarType.Float).reshape(-1, width).contiguous(),
        Arrays.copyOf(shape, first),
        Arrays.copyOfRange(shape, first, shape.length));
  }

  /** The rows, float32 {@code [n, width]}, contiguous. */
  public Tensor values() {
    return values;
  }

  /** A result's rows {@code [n, ...]} in the order that the input had. */
  public Tensor restored(Tensor result, long... shape) {
    long[] whole = Arrays.copyOf(leading, leading.length + shape.length);
    System.arraycopy(shape, 0, whole, leading.length, shape.length);
    return result.reshape(whole);
  }

  /** As {@link #restored}, of the shape that the input's rows had. */
  public Tensor restoredAlike(Tensor result) {
    return restored(result, row);
  }

  /** The frames of all rows: offset, inward and outward factor, each {@code [n, 1]}. */
  Frames frames(RowNormalisation normalisation) {
    int n = Math.toIntExact(values.size(0));
    int width = Math.toIntExact(values.size(1));
    float[] all = TensorMemory.floats(values);
    float[] offset = new float[n];
    float[] inward = new float[n];
    float[] outward = new float[n];
    for (int i = 0; i < n; i++) {
      RowNormalisation.Frame frame =
          normalisation.frame(Arrays.copyOfRange(all, i * width, (i + 1) * width));
      offset[i] = (float) frame.offset();
      inward[i] = (float) frame.inward();
      outward[i] = (float) frame.outward();
    }
    return new Frames(
        TensorMemory.floats(offset, n, 1),
        TensorMemory.floats(inward, n, 1),
        TensorMemory.floats(outward, n, 1));
  }

  /** What rows are normalised by, each {@code [n, 1]}. */
  record Frames(Tensor offset, Tensor inward, Tensor outward) {
    Tensor in(Tensor rows) {
      return rows.sub(offset).mul(inward);
    }

    Tensor out(Tensor rows) {
      return rows.mul(outward).add(offset);
    }
  }
}
