package org.sememe.models.unet;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.sememe.models.blocks.Linear;
import org.sememe.models.blocks.WeightReader;
import org.sememe.tensors.TensorSource;

/**
 * Where a network's parameters come from while it is put together: a file, or a beginning. Each is
 * asked for once, by its path; what it gives outlives all scopes.
 */
@FunctionalInterface
public interface ParameterSource {
  /** The parameter of that path and shape. */
  Tensor parameter(String path, long... shape) throws IOException;

  /** Those of a file; the reader frees them if the network is given up half-way. */
  static ParameterSource of(WeightReader reader) {
    return reader::tensor;
  }

  /** A reader of a picture network's file, in today's names or those of 2022. */
  static WeightReader reader(TensorSource file) {
    return new WeightReader(file, List.of(name -> name, of2022()), /* biased= */ false);
  }

  private static UnaryOperator<String> of2022() {
    return name ->
        name.replace(".to_q.", ".query.")
            .replace(".to_k.", ".key.")
            .replace(".to_v.", ".value.")
            .replace(".to_out.0.", ".proj_attn.");
  }

  /** This source, which also writes down what it gave. */
  default ParameterSource recording(SequencedMap<String, Tensor> into) {
    return (path, shape) -> {
      Tensor parameter = parameter(path, shape);
      if (into.put(path, parameter) != null) {
        throw new IllegalStateException(path + " was asked for twice");
      }
      return parameter;
    };
  }

  /** Everything that was asked for, in that order. */
  static SequencedMap<String, Tensor> record() {
    return new LinkedHashMap<>();
  }

  /** The parameters below a path. */
  default ParameterSource below(String path) {
    return (name, shape) -> parameter(path + "." + name, shape);
  }

  /** A linear map {@code [out, in]} with a bias. */
  default Linear linear(String path, long in, long out) throws IOException {
    return new Linear(
        parameter(path + ".weight", out, in), Optional.of(parameter(path + ".bias", out)));
  }

  /** A linear map without a bias. */
  default Linear plainLinear(String path, long in, long out) throws IOException {
    return new Linear(parameter(path + ".weight", out, in), Optional.empty());
  }
}
