package org.example;

import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.sae.design.CustomActivation;
import org.sememe.sae.design.CustomActivationProvider;

/**
 * A sparsity of your own: latents stand in groups of {@code size} neighbours, and of each row the
 * {@code k} groups with the largest sums of squares are active whole, where positive.
 *
 * <pre>
 * sememe train ... --plugin own-piece.jar --set architecture=own --set own=group-top-k:size=4+k=8
 * </pre>
 */
public final class GroupTopK implements CustomActivationProvider {
  @Override
  public String name() {
    return "group-top-k";
  }

  @Override
  public CustomActivation create(Map<String, String> options) {
    long size = Long.parseLong(options.getOrDefault("size", "4"));
    long k = Long.parseLong(options.getOrDefault("k", "8"));
    return (preActivations, parameters) -> {
      long rows = preActivations.size(0);
      Tensor groups = torch.relu(preActivations).reshape(rows, -1, size);
      Tensor strengths = groups.detach().square().sum(2); // the choice has no gradient
      Tensor best = torch.topk(strengths, Math.min(k, strengths.size(1)), 1, true, false).get1();
      Tensor open = torch.zeros_like(strengths).scatter(1, best, new Scalar(1.0));
      return groups.mul(open.unsqueeze(2)).reshape(rows, -1);
    };
  }
}
