package org.sememe.sae.objective;

import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.sae.design.EncoderKind;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;

/** Small random dictionaries and rows in double precision. */
record Toy(RandomStream random) {
  static final int ROWS = 7;
  static final int WIDTH = 6;
  static final int EXPERTS = 3;
  static final int POINTS = 4;
  static final EncoderKind.Kronecker KRONECKER = new EncoderKind.Kronecker(2, 2, 3);
  static final int LATENTS = 12;

  /** All parameters that any design asks for. */
  Map<String, Tensor> parameters() {
    Map<String, Tensor> all = new LinkedHashMap<>();
    all.put(ParameterNames.W_ENC, normal(LATENTS, WIDTH));
    all.put(ParameterNames.W_DEC, normal(LATENTS, WIDTH));
    all.put(ParameterNames.B_ENC, normal(LATENTS));
    all.put(ParameterNames.B_DEC, normal(WIDTH));
    all.put(ParameterNames.THRESHOLD, normal(LATENTS).square());
    all.put(ParameterNames.R_MAG, normal(LATENTS));
    all.put(ParameterNames.B_MAG, normal(LATENTS));
    all.put(ParameterNames.W_SKIP, normal(WIDTH, WIDTH));
    all.put("margin", normal(LATENTS));
    all.put(ParameterNames.W_P, normal(KRONECKER.heads() * KRONECKER.first(), WIDTH));
    all.put(ParameterNames.B_P, normal(KRONECKER.heads() * KRONECKER.first()));
    all.put(ParameterNames.W_Q, normal(KRONECKER.heads() * KRONECKER.second(), WIDTH));
    all.put(ParameterNames.B_Q, normal(KRONECKER.heads() * KRONECKER.second()));
    all.put(ParameterNames.W_ROUTER, normal(EXPERTS, WIDTH));
    all.put(ParameterNames.B_ROUTER, normal(WIDTH));
    all.put(ParameterNames.W_MIX, normal(LATENTS, POINTS));
    all.put(ParameterNames.POINTS, normal(POINTS, WIDTH));
    all.put(ParameterNames.RELAXATION, normal(LATENTS, WIDTH));
    all.put(ParameterNames.LOG_SCALE, normal(1));
    return all;
  }

  Tensor rows() {
    return normal(ROWS, WIDTH);
  }

  Tensor normal(long... shape) {
    int count = 1;
    for (long size : shape) {
      count = Math.toIntExact(count * size);
    }
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = random.nextGaussian();
    }
    return TensorMemory.copy(MemorySegment.ofArray(values), ScalarType.Double, shape);
  }

  /** The same parameters with one moved by {@code step} times {@code direction}. */
  static Map<String, Tensor> moved(
      Map<String, Tensor> parameters, String name, Tensor direction, double step) {
    Map<String, Tensor> moved = new LinkedHashMap<>(parameters);
    moved.put(name, parameters.get(name).add(direction.mul(new Scalar(step))));
    return moved;
  }
}
