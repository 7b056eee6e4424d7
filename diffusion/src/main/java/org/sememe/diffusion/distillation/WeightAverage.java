package org.sememe.diffusion.distillation;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * An exponential moving average of weights that begins at the weights themselves: {@code a = decay
 * a + (1 - decay) w}. Its tensors are its own until it is closed.
 */
public final class WeightAverage implements AutoCloseable {
  private final double decay;
  private final SequencedMap<String, Tensor> averages = new LinkedHashMap<>();

  /** Begins at copies of these weights; {@code decay} is from 0 up to 1. */
  public WeightAverage(Map<String, Tensor> weights, double decay) {
    if (!(decay >= 0 && decay < 1)) {
      throw new IllegalArgumentException("decay is " + decay + ", need from 0 up to 1");
    }
    this.decay = decay;
    weights.forEach(
        (name, weight) -> {
          Tensor copy = weight.detach().clone();
          copy.retainReference();
          averages.put(name, copy);
        });
  }

  /** Takes the weights in, as they are now. */
  public void add(Map<String, Tensor> weights) {
    try (AutoGradMode off = new AutoGradMode(false)) {
      averages.forEach((name, average) -> average.lerp_(weights.get(name), new Scalar(1 - decay)));
    }
  }

  /** The averages by the weights' names; this object's. */
  public SequencedMap<String, Tensor> averages() {
    return Collections.unmodifiableSequencedMap(averages);
  }

  @Override
  public void close() {
    averages.values().forEach(Tensor::close);
    averages.clear();
  }
}
