package org.sememe.app.bench;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** How a rival comes to its gradients. */
@FunctionalInterface
interface GradientRule {
  /**
   * The gradients of the mean squared error (and of AuxK, where the rule has it) at encoder,
   * encoder's bias, decoder and decoder's bias, new tensors in the caller's scope.
   *
   * @param x rows {@code [batch, d]}
   * @param k active latents a row
   */
  List<Tensor> gradients(Tensor x, RivalWeights weights, int k);
}
