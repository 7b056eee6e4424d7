package org.sememe.training.optimiser;

import java.util.Arrays;
import java.util.Map;
import java.util.SequencedMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.sememe.tensors.TensorMemory;

/** What the optimisers share: their state, its scope, the check of what is given. */
abstract class StatefulOptimiser implements Optimiser {
  private static final String STEP = "step";

  private final NamedTensors state = new NamedTensors();

  /** Moves one tensor; {@code step} counts from 1. */
  abstract void update(String name, Tensor parameter, Tensor gradient, double rate, long step);

  /** Called once an update, before any tensor is moved. */
  void begin(LearningRate rate) {}

  final NamedTensors tensors() {
    return state;
  }

  @Override
  public final void step(
      Map<String, Tensor> parameters, Map<String, Tensor> gradients, LearningRate rate) {
    gradients.forEach((name, gradient) -> check(name, parameters.get(name), gradient));
    long step = (long) state.add(STEP, 1);
    begin(rate);
    gradients.forEach(
        (name, gradient) -> {
          Tensor parameter = parameters.get(name);
          try (PointerScope scope = new PointerScope()) {
            update(name, parameter, gradient, rate.forDimensions(parameter.dim()), step);
          }
        });
  }

  private static void check(String name, Tensor parameter, Tensor gradient) {
    if (parameter == null) {
      throw new IllegalArgumentException("there is a gradient of " + name + ", but no parameter");
    }
    if (!Arrays.equals(TensorMemory.shape(parameter), TensorMemory.shape(gradient))) {
      throw new IllegalArgumentException(
          "%s is %s, its gradient %s"
              .formatted(
                  name,
                  Arrays.toString(TensorMemory.shape(parameter)),
                  Arrays.toString(TensorMemory.shape(gradient))));
    }
  }

  @Override
  public final SequencedMap<String, Tensor> state() {
    return state.view();
  }

  @Override
  public final void restore(Map<String, Tensor> from) {
    state.replace(from);
  }

  @Override
  public Map<String, Tensor> averaged(Map<String, Tensor> parameters) {
    return parameters;
  }

  @Override
  public final void close() {
    state.close();
  }
}
