package org.sememe.app.bench;

import java.lang.foreign.MemorySegment;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.tensors.TensorMemory;
import org.sememe.training.TrainOptions;
import org.sememe.training.TrainPlan;
import org.sememe.training.TrainState;

/**
 * A step in libtorch alone: a rule's gradients, then what every trainer does with them, at the
 * learning rates of the plan that our own step follows too.
 */
final class RivalStep implements Contender {
  private final GradientRule rule;
  private final RivalWeights weights;
  private final TrainPlan plan;
  private final int batch;
  private final int width;
  private final int k;
  private long steps;

  /** Begins with the weights of a state, which it copies. */
  RivalStep(GradientRule rule, TrainOptions options, int width, TrainState from) {
    this.rule = rule;
    this.plan = options.plan(width);
    this.batch = options.batch();
    this.width = width;
    this.k = options.k();
    this.weights = RivalWeights.copyOf(from, options);
  }

  /** Its weights, which it owns. */
  RivalWeights weights() {
    return weights;
  }

  @Override
  public void step(MemorySegment rows) {
    try (PointerScope scope = new PointerScope()) {
      Tensor x = TensorMemory.tensor(rows, ScalarType.Float, batch, width);
      double rate = plan.learningRate() * plan.schedule().factor(steps++);
      weights.update(rate, rule.gradients(x, weights, k));
    }
  }

  @Override
  public void close() {
    weights.close();
  }
}
