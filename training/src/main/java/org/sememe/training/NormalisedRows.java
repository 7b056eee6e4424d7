package org.sememe.training;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.sae.fold.FittedInput;
import org.sememe.sae.fold.RowNormalisation;
import org.sememe.tensors.TensorMemory;

/** Brings rows {@code [n, d]} float32, native memory, into the form that a run is trained on. */
final class NormalisedRows {
  private NormalisedRows() {}

  /** In place. */
  static void normalise(FittedInput input, MemorySegment rows, int width) {
    try (PointerScope scope = new PointerScope()) {
      long count = rows.byteSize() / Float.BYTES / width;
      Tensor x = TensorMemory.tensor(rows, ScalarType.Float, count, width);
      switch (input) {
        case FittedInput.Scaled(Optional<Tensor> mean, double scale) -> {
          mean.ifPresent(m -> x.sub_(m.to(ScalarType.Float)));
          if (scale != 1) {
            x.mul_(new Scalar(scale));
          }
        }
        case FittedInput.Whitened(Tensor mean, Tensor matrix, Tensor _) ->
            x.copy_(x.sub(mean.to(ScalarType.Float)).matmul(matrix.to(ScalarType.Float)));
        case FittedInput.Parts parts -> x.mul_(parts.each().to(ScalarType.Float));
        case FittedInput.PerRow(RowNormalisation each) -> eachRow(each, rows, width);
      }
    }
  }

  private static void eachRow(RowNormalisation each, MemorySegment rows, int width) {
    float[] values = new float[width];
    long bytes = (long) width * Float.BYTES;
    for (long at = 0; at < rows.byteSize(); at += bytes) {
      MemorySegment.copy(rows, ValueLayout.JAVA_FLOAT, at, values, 0, width);
      RowNormalisation.Frame frame = each.frame(values);
      for (int i = 0; i < width; i++) {
        values[i] = (float) ((values[i] - frame.offset()) * frame.inward());
      }
      MemorySegment.copy(values, 0, rows, ValueLayout.JAVA_FLOAT, at, width);
    }
  }
}
