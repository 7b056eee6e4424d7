package org.sememe.training.autograd;

import static org.sememe.sae.objective.ParameterNames.B_DEC;
import static org.sememe.sae.objective.ParameterNames.B_ENC;
import static org.sememe.sae.objective.ParameterNames.W_ENC;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.tensors.TensorMemory;

/** A case's rows as its trainer sees them: without excluded tokens, normalised where it does so. */
record StepRows(StepCase given) {
  private Tensor kept(Tensor x, int step) {
    JsonNode excluded = given.expected().path("excluded_tokens");
    long rows = x.size(0);
    List<Long> left = new ArrayList<>();
    for (long row = 0; row < rows; row++) {
      long token = step * rows + row;
      boolean out = false;
      for (JsonNode each : excluded) {
        out |= each.asLong() == token;
      }
      if (!out) {
        left.add(row);
      }
    }
    return x.index_select(
        0, TensorMemory.longs(left.stream().mapToLong(r -> r).toArray(), left.size()));
  }

  Tensor x(int step) {
    Tensor x = kept(given.x(step), step);
    Tensor scale = given.after().get("final.scaler.scaling_factor");
    if (scale != null) {
      return x.mul(new Scalar(scale.item_double()));
    }
    Tensor matrix = given.after().get("final.scaler.matrix");
    return matrix == null
        ? x
        : x.to(ScalarType.Double)
            .sub(given.after().get("final.scaler.mean"))
            .matmul(matrix)
            .to(ScalarType.Float);
  }

  Tensor y(int step) {
    return given.y(step).map(y -> kept(y, step)).orElseGet(() -> x(step));
  }

  /** Starts biases as the trainer does before its first step. */
  void centre(Map<String, Tensor> parameters, Setting setting) {
    Tensor first = x(0);
    switch (setting.centre()) {
      case KEPT -> {}
      case MEAN -> parameters.get(B_DEC).copy_(y(0).mean(0));
      case MEDIAN -> {
        Tensor guess = first.mean(0);
        for (int round = 0; round < 100; round++) {
          Tensor weights = first.sub(guess).square().sum(1).sqrt().reciprocal();
          Tensor next = weights.unsqueeze(1).mul(first).sum(0).div(weights.sum());
          double moved = next.sub(guess).norm().item_double();
          guess = next;
          if (moved < 1e-5) {
            break;
          }
        }
        parameters.get(B_DEC).copy_(guess);
      }
    }
    if (setting.transcodes()) {
      parameters.get(B_ENC).copy_(parameters.get(W_ENC).mv(first.mean(0)).neg());
    }
  }
}
