package org.sememe.sae.design;

import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * A user's own activation. Written with libtorch's operations; autograd differentiates it. Must be
 * stateless: it may be called for several runs at a time.
 */
@FunctionalInterface
public interface CustomActivation {
  /**
   * Which latents are active, and how strongly.
   *
   * @param preActivations {@code [n, F]}
   * @param parameters every trained tensor by its name; the rule may have its own among them
   * @return {@code [n, F]}, 0 where a latent is not active
   */
  Tensor activate(Tensor preActivations, Map<String, Tensor> parameters);
}
