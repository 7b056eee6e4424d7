package org.sememe.training.optimiser;

import java.util.HashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * An exponential moving average of weights that began at 0, corrected for that: {@code a = decay a
 * + (1 - decay) w}, of which {@code a / (1 - decay^t)} is the average. Its tensors are its own
 * until it is closed. One thread at a time.
 */
public final class MovingAverage implements AutoCloseable {
  private static final String PREFIX = "average.";
  private static final String STEPS = "steps";

  private final double decay;
  private final NamedTensors state = new NamedTensors();

  /** Without a past. {@code decay} is from 0 up to 1. */
  public MovingAverage(double decay) {
    if (!(decay >= 0 && decay < 1)) {
      throw new IllegalArgumentException("decay is " + decay + ", need from 0 up to 1");
    }
    this.decay = decay;
  }

  /** Takes the weights in, as they are now. */
  public void add(Map<String, Tensor> weights) {
    state.add(STEPS, 1);
    try (PointerScope scope = new PointerScope()) {
      weights.forEach(
          (name, weight) ->
              state.zeros(PREFIX + name, weight).lerp_(weight, new Scalar(1 - decay)));
    }
  }

  /**
   * The averages by the weights' names, in the caller's scope.
   *
   * @throws IllegalStateException if nothing was taken in
   */
  public Map<String, Tensor> averages() {
    double steps = state.add(STEPS, 0);
    if (steps == 0) {
      throw new IllegalStateException("an average of no weights: add some first");
    }
    Map<String, Tensor> averages = new HashMap<>();
    state
        .view()
        .forEach(
            (name, sum) -> {
              if (name.startsWith(PREFIX)) {
                averages.put(
                    name.substring(PREFIX.length()),
                    sum.div(new Scalar(1 - Math.pow(decay, steps))));
              }
            });
    return averages;
  }

  /** What a checkpoint keeps; stays this object's. */
  public SequencedMap<String, Tensor> state() {
    return state.view();
  }

  /** Takes copies of tensors that {@link #state} gave. */
  public void restore(Map<String, Tensor> from) {
    state.replace(from);
  }

  @Override
  public void close() {
    state.close();
  }
}
