package org.sememe.sae.objective;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Trained tensors as leaves of one evaluation's graph; they share the caller's memory. */
final class Weights {
  private final SequencedMap<String, Tensor> leaves = new LinkedHashMap<>();
  private Optional<Tensor> norms = Optional.empty();

  Weights(Map<String, Tensor> parameters) {
    parameters.forEach((name, tensor) -> leaves.put(name, tensor.detach().requires_grad_(true)));
  }

  Tensor get(String name) {
    Tensor leaf = leaves.get(name);
    if (leaf == null) {
      throw new IllegalArgumentException(
          "the design needs a parameter " + name + "; there are " + leaves.keySet());
    }
    return leaf;
  }

  /** JumpReLU's thresholds {@code [F]}, of themselves or of their logarithms; gradients pass. */
  Tensor thresholds() {
    Tensor logarithms = leaves.get(ParameterNames.LOG_THRESHOLD);
    return logarithms == null ? get(ParameterNames.THRESHOLD) : logarithms.exp();
  }

  /** Norms of the decoder's rows {@code [F]}; gradients pass. */
  Tensor decoderNorms() {
    if (norms.isEmpty()) {
      norms =
          Optional.of(
              get(ParameterNames.W_DEC).norm(new ScalarOptional(new Scalar(2.0)), new long[] {1}));
    }
    return norms.get();
  }

  Map<String, Tensor> all() {
    return Collections.unmodifiableMap(leaves);
  }

  /** Gradients of {@code total} by name, zeros where a parameter takes no part. */
  SequencedMap<String, Tensor> gradients(Tensor total) {
    TensorVector of = new TensorVector(leaves.values().toArray(Tensor[]::new));
    TensorVector found =
        torch.grad(
            new TensorVector(total), of, new TensorVector(), new BoolOptional(true), false, true);
    SequencedMap<String, Tensor> gradients = new LinkedHashMap<>();
    int i = 0;
    for (Map.Entry<String, Tensor> leaf : leaves.entrySet()) {
      Tensor gradient = found.get(i++);
      gradients.put(
          leaf.getKey(),
          gradient.defined() ? gradient : torch.zeros_like(leaf.getValue().detach()));
    }
    return gradients;
  }
}
