package org.sememe.diffusion.features;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.diffusion.metrics.FeatureRows;
import org.sememe.diffusion.pictures.PictureSet;
import org.sememe.diffusion.runs.Gradients;
import org.sememe.tensors.TensorMemory;
import org.sememe.training.optimiser.Optimiser;
import org.sememe.training.optimiser.OptimiserChoice;

/**
 * How much of the classes is in a frozen network's embeddings: a linear map of them, brought to
 * mean 0 and deviation 1 by the training pictures', is trained on all at once. Stateless.
 */
public final class LinearProbe {
  private static final int STEPS = 300;
  private static final double RATE = 0.05;
  private static final double LEAST_DEVIATION = 1e-6;

  private LinearProbe() {}

  /** The share of {@code test} that a map trained on {@code train} names rightly. */
  public static double accuracy(PictureEncoder encoder, PictureSet train, PictureSet test) {
    FeatureRows seen = PictureFeatures.of(train, some -> encoder.of(some).embedding());
    FeatureRows unseen = PictureFeatures.of(test, some -> encoder.of(some).embedding());
    return accuracy(seen, train.labels(), unseen, test.labels());
  }

  static double accuracy(FeatureRows train, int[] trainLabels, FeatureRows test, int[] testLabels) {
    int classes = Arrays.stream(trainLabels).max().orElseThrow() + 1;
    try (PointerScope scope = new PointerScope();
        AutoGradMode on = new AutoGradMode(true);
        Optimiser optimiser = OptimiserChoice.Adam.usual().create()) {
      Tensor raw = tensor(train);
      Tensor mean = raw.mean(0);
      Tensor deviation = raw.std(0).clamp_min(new Scalar(LEAST_DEVIATION));
      Tensor x = raw.sub(mean).div(deviation);
      Tensor labels = longs(trainLabels);
      SequencedMap<String, Tensor> map = new LinkedHashMap<>();
      map.put("weight", zeros(train.width(), classes));
      map.put("bias", zeros(1, classes));
      for (int step = 1; step <= STEPS; step++) {
        try (PointerScope inner = new PointerScope()) {
          Tensor loss = torch.cross_entropy_loss(logits(x, map), labels);
          Gradients.descend(optimiser, map, loss, Gradients.cosine(RATE, step, STEPS));
        }
      }
      Tensor found =
          logits(tensor(test).sub(mean).div(deviation), map).argmax(new LongOptional(1), false);
      long right = found.eq(longs(testLabels)).sum().item_long();
      return (double) right / testLabels.length;
    }
  }

  private static Tensor logits(Tensor x, SequencedMap<String, Tensor> map) {
    return x.matmul(map.get("weight")).add(map.get("bias"));
  }

  private static Tensor zeros(int rows, int columns) {
    return TensorMemory.floats(new float[rows * columns], rows, columns).set_requires_grad(true);
  }

  private static Tensor tensor(FeatureRows rows) {
    return TensorMemory.copy(
            MemorySegment.ofArray(rows.values()), ScalarType.Double, rows.rows(), rows.width())
        .to(ScalarType.Float);
  }

  private static Tensor longs(int[] labels) {
    return TensorMemory.longs(Arrays.stream(labels).asLongStream().toArray(), labels.length);
  }
}
