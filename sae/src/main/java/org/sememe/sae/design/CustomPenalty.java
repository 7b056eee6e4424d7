package org.sememe.sae.design;

import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * A user's own price of activations. Written with libtorch's operations; autograd differentiates
 * it. Must be stateless: it may be called for several runs at a time.
 */
@FunctionalInterface
public interface CustomPenalty {
  /**
   * What a batch costs, before its weight.
   *
   * @param activations {@code [n, F]}, by decoder norms where the design says so
   * @param parameters every trained tensor by its name; the rule may have its own among them
   * @return {@code [n]}, whose mean is taken, or one value
   */
  Tensor price(Tensor activations, Map<String, Tensor> parameters);
}
