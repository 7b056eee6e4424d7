package org.sememe.diffusion.features;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Tensor;
import org.sememe.diffusion.metrics.FeatureRows;
import org.sememe.diffusion.pictures.PictureSet;
import org.sememe.tensors.TensorMemory;

/** What a network says of many pictures, a few at a time. Stateless. */
final class PictureFeatures {
  private static final int TOGETHER = 256;

  private PictureFeatures() {}

  /** Rows {@code [pictures, width]} of what {@code network} gives for some pictures. */
  static FeatureRows of(PictureSet pictures, UnaryOperator<Tensor> network) {
    List<double[]> parts = new ArrayList<>();
    for (int from = 0; from < pictures.count(); from += TOGETHER) {
      int to = Math.min(from + TOGETHER, pictures.count());
      try (PointerScope scope = new PointerScope();
          AutoGradMode off = new AutoGradMode(false)) {
        Tensor some = pictures.tensor(IntStream.range(from, to).toArray());
        parts.add(TensorMemory.doubles(network.apply(some)));
      }
    }
    double[] all = parts.stream().flatMapToDouble(Arrays::stream).toArray();
    return new FeatureRows(pictures.count(), all.length / pictures.count(), all);
  }
}
