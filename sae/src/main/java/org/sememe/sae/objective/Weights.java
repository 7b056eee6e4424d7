package org.sememe.sae.objective;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.sememe.sae.design.DecoderKind;
import org.sememe.sae.design.Structure;

/**
 * Trained tensors as leaves of one evaluation's graph, and constant ones; they share the caller's
 * memory.
 */
final class Weights {
  private final SequencedMap<String, Tensor> leaves = new LinkedHashMap<>();
  private final Structure structure;
  private Optional<Tensor> decoder = Optional.empty();
  private Optional<Tensor> norms = Optional.empty();

  Weights(Structure structure, Map<String, Tensor> parameters) {
    this.structure = structure;
    parameters.forEach(
        (name, tensor) ->
            leaves.put(name, tensor.detach().requires_grad_(!ParameterNames.constant(name))));
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

  /** The decoder's rows {@code [F, d_out]}, whatever they are made of; gradients pass. */
  Tensor decoder() {
    if (decoder.isEmpty()) {
      decoder =
          Optional.of(
              switch (structure.decoder()) {
                case DecoderKind.Free() -> get(ParameterNames.W_DEC);
                case DecoderKind.Archetypal _ -> Archetypes.rows(this::get);
              });
    }
    return decoder.get();
  }

  /** Norms of the decoder's rows {@code [F]}, as the structure measures them; gradients pass. */
  Tensor decoderNorms() {
    if (norms.isEmpty()) {
      norms = Optional.of(RowNorms.of(structure.rowNorm(), decoder()));
    }
    return norms.get();
  }

  Map<String, Tensor> all() {
    return Collections.unmodifiableMap(leaves);
  }

  /** Gradients of {@code total} by name, zeros where a parameter takes no part; no constants. */
  SequencedMap<String, Tensor> gradients(Tensor total) {
    SequencedMap<String, Tensor> trained = new LinkedHashMap<>(leaves);
    trained.keySet().removeIf(ParameterNames::constant);
    TensorVector of = new TensorVector(trained.values().toArray(Tensor[]::new));
    TensorVector found =
        torch.grad(
            new TensorVector(total), of, new TensorVector(), new BoolOptional(true), false, true);
    SequencedMap<String, Tensor> gradients = new LinkedHashMap<>();
    int i = 0;
    for (Map.Entry<String, Tensor> leaf : trained.entrySet()) {
      Tensor gradient = found.get(i++);
      gradients.put(
          leaf.getKey(),
          gradient.defined() ? gradient : torch.zeros_like(leaf.getValue().detach()));
    }
    return gradients;
  }
}
