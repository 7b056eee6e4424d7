package org.sememe.training.optimiser;

import static org.sememe.sae.objective.ParameterNames.B_ENC;
import static org.sememe.sae.objective.ParameterNames.B_MAG;
import static org.sememe.sae.objective.ParameterNames.R_MAG;
import static org.sememe.sae.objective.ParameterNames.W_DEC;
import static org.sememe.sae.objective.ParameterNames.W_ENC;

import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * New starts for dead latents (Bricken et al. 2023; dictionary_learning): a latent's encoder row
 * becomes a row that is badly reconstructed times {@code share} times the mean norm of the living
 * encoder rows, its decoder row that row of norm 1, its biases 0; the optimiser forgets it.
 *
 * @param share 0.2 as published
 */
public record NewStarts(double share) {
  private static final List<String> BIASES = List.of(B_ENC, R_MAG, B_MAG);

  public NewStarts {
    if (!(share > 0)) {
      throw new IllegalArgumentException("share is " + share + ", need above 0");
    }
  }

  /**
   * Gives dead latents these rows, the first rows the first latents; what is over of either stays.
   *
   * @param dead numbers of latents, int64 {@code [m]}, ascending
   * @param rows {@code [n, d]}, as drawn
   */
  public void apply(Map<String, Tensor> parameters, RowMemory optimiser, Tensor dead, Tensor rows) {
    try (PointerScope scope = new PointerScope()) {
      long count = Math.min(dead.size(0), rows.size(0));
      if (count == 0) {
        return;
      }
      Tensor encoder = parameters.get(W_ENC);
      Tensor norms = encoder.norm(new ScalarOptional(new Scalar(2.0)), new long[] {1});
      Tensor living = torch.ones_like(norms).index_fill(0, dead, new Scalar(0.0));
      double alive = living.sum().item_double();
      double norm = alive == 0 ? 1 : norms.mul(living).sum().item_double() / alive;
      Tensor which = dead.narrow(0, 0, count);
      Tensor chosen = rows.narrow(0, 0, count);
      Tensor lengths = chosen.norm(new ScalarOptional(new Scalar(2.0)), new long[] {1}, true);
      encoder.index_copy_(0, which, chosen.mul(new Scalar(norm * share)));
      parameters.get(W_DEC).index_copy_(0, which, chosen.div(lengths));
      for (String name : BIASES) {
        if (parameters.containsKey(name)) {
          parameters.get(name).index_fill_(0, which, new Scalar(0.0));
          optimiser.forgetRows(name, parameters.get(name), which);
        }
      }
      optimiser.forgetRows(W_ENC, encoder, which);
      optimiser.forgetRows(W_DEC, parameters.get(W_DEC), which);
    }
  }
}
