package org.sememe.training.optimiser;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.tensors.TensorMemory;

/** Tensors by name that outlive the scopes they were made in. */
final class NamedTensors implements AutoCloseable {
  private final SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();

  /** The tensor of this name, made of zeros if there is none. */
  Tensor zeros(String name, Tensor like) {
    return get(name, () -> torch.zeros_like(like));
  }

  /** The tensor of this name, made by copying if there is none. */
  Tensor copy(String name, Tensor of) {
    return get(name, of::clone);
  }

  /** Adds to a number that begins at 0, float64, and returns the sum. */
  double add(String name, double amount) {
    try (PointerScope scope = new PointerScope()) {
      Tensor sum = number(name);
      sum.add_(new Scalar(amount));
      return sum.item_double();
    }
  }

  /** Raises a number that begins at 0, float64, to at least {@code value}, and returns it. */
  double raise(String name, double value) {
    try (PointerScope scope = new PointerScope()) {
      Tensor most = number(name);
      most.clamp_min_(new Scalar(value));
      return most.item_double();
    }
  }

  private Tensor number(String name) {
    return get(name, () -> TensorMemory.floats(new float[1], 1).to(torch.ScalarType.Double));
  }

  private Tensor get(String name, Supplier<Tensor> maker) {
    Tensor known = tensors.get(name);
    if (known == null) {
      known = maker.get();
      known.retainReference();
      tensors.put(name, known);
    }
    return known;
  }

  /** Whether there is one of this name. */
  boolean has(String name) {
    return tensors.containsKey(name);
  }

  SequencedMap<String, Tensor> view() {
    return Collections.unmodifiableSequencedMap(tensors);
  }

  void replace(Map<String, Tensor> with) {
    close();
    with.forEach(this::copy);
  }

  @Override
  public void close() {
    new ArrayList<>(tensors.values()).forEach(Tensor::close);
    tensors.clear();
  }
}
