package org.sememe.diffusion.runs;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.sememe.training.optimiser.LearningRate;
import org.sememe.training.optimiser.Optimiser;

/** Gradients of a scalar by autograd, and steps along them. Stateless. */
public final class Gradients {
  private Gradients() {}

  /**
   * The gradient with respect to one tensor, itself recorded: a loss may be made of it.
   *
   * @param through a tensor that requires a gradient, and that {@code scalar} depends on
   */
  public static Tensor recorded(Tensor scalar, Tensor through) {
    return torch
        .grad(
            new TensorVector(scalar),
            new TensorVector(through),
            new TensorVector(),
            new BoolOptional(true),
            /* create_graph= */ true,
            /* allow_unused= */ false)
        .get(0);
  }

  /** Gradients with respect to named tensors; zeros where nothing flows. The graph is kept. */
  public static SequencedMap<String, Tensor> of(Tensor scalar, Map<String, Tensor> parameters) {
    TensorVector found =
        torch.grad(
            new TensorVector(scalar),
            new TensorVector(parameters.values().toArray(Tensor[]::new)),
            new TensorVector(),
            new BoolOptional(true),
            /* create_graph= */ false,
            /* allow_unused= */ true);
    SequencedMap<String, Tensor> gradients = new LinkedHashMap<>();
    parameters.forEach(
        (name, parameter) -> {
          Tensor gradient = found.get(gradients.size());
          gradients.put(name, gradient.defined() ? gradient : torch.zeros_like(parameter));
        });
    return gradients;
  }

  /** Moves parameters one step of the optimiser down a loss; the graph is kept. */
  public static void descend(
      Optimiser optimiser, Map<String, Tensor> parameters, Tensor loss, double rate) {
    Map<String, Tensor> gradients = of(loss, parameters);
    try (AutoGradMode off = new AutoGradMode(false)) {
      optimiser.step(parameters, gradients, LearningRate.of(rate));
    }
  }

  /** A rate that falls from {@code first} along half a cosine; {@code step} counts from 1. */
  public static double cosine(double first, long step, long steps) {
    return first * (1 + Math.cos(Math.PI * (step - 1) / steps)) / 2;
  }
}
