package org.sememe.tensors.gguf;

import static java.util.Map.entry;

import java.util.Map;
import java.util.Optional;
import org.sememe.tensors.TensorType;

/** The numbers by which GGUF files call tensor types. */
final class GgufTensorTypes {
  private static final Map<Integer, TensorType> BY_ID =
      Map.ofEntries(
          entry(0, TensorType.F32),
          entry(1, TensorType.F16),
          entry(2, TensorType.Q4_0),
          entry(3, TensorType.Q4_1),
          entry(6, TensorType.Q5_0),
          entry(7, TensorType.Q5_1),
          entry(8, TensorType.Q8_0),
          entry(9, TensorType.Q8_1),
          entry(10, TensorType.Q2_K),
          entry(11, TensorType.Q3_K),
          entry(12, TensorType.Q4_K),
          entry(13, TensorType.Q5_K),
          entry(14, TensorType.Q6_K),
          entry(15, TensorType.Q8_K),
          entry(16, TensorType.IQ2_XXS),
          entry(17, TensorType.IQ2_XS),
          entry(18, TensorType.IQ3_XXS),
          entry(19, TensorType.IQ1_S),
          entry(20, TensorType.IQ4_NL),
          entry(21, TensorType.IQ3_S),
          entry(22, TensorType.IQ2_S),
          entry(23, TensorType.IQ4_XS),
          entry(24, TensorType.I8),
          entry(25, TensorType.I16),
          entry(26, TensorType.I32),
          entry(27, TensorType.I64),
          entry(28, TensorType.F64),
          entry(29, TensorType.IQ1_M),
          entry(30, TensorType.BF16),
          entry(34, TensorType.TQ1_0),
          entry(35, TensorType.TQ2_0),
          entry(39, TensorType.MXFP4));

  private GgufTensorTypes() {}

  static Optional<TensorType> of(int id) {
    return Optional.ofNullable(BY_ID.get(id));
  }
}
