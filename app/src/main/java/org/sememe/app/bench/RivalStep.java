package org.sememe.app.bench;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.tensors.TensorMemory;
import org.sememe.training.TrainOptions;

/** A step in libtorch alone: a rule's gradients, then what every trainer does with them. */
final class RivalStep implements Contender {
  private final GradientRule rule;
  private final RivalWeights weights;
  private final int batch;
  private final int width;
  private final int k;

  RivalStep(GradientRule rule, TrainOptions options, int width) {
    this.rule = rule;
    this.batch = options.batch();
    this.width = width;
    this.k = options.k();
    try (PointerScope scope = new PointerScope()) {
      this.weights = new RivalWeights(options, width);
    }
  }

  /** Its weights, which it owns. */
  RivalWeights weights() {
    return weights;
  }

  @Override
  public void step(MemorySegment rows) {
    try (PointerScope scope = new PointerScope()) {
      Tensor x = TensorMemory.tensor(rows, ScalarType.Float, batch, width);
      List<Tensor> gradients = rule.gradients(x, weights, k);
      weights.update(gradients.get(0), gradients.get(1), gradients.get(2), gradients.get(3));
    }
  }

  @Override
  public void close() {
    weights.close();
  }
}
