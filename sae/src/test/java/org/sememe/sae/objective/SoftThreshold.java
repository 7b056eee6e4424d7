package org.sememe.sae.objective;

import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.sae.design.CustomActivation;
import org.sememe.sae.design.CustomActivationProvider;

/** A user's activation with a trained parameter of its own: {@code max(p - margin^2, 0)}. */
public final class SoftThreshold implements CustomActivationProvider {
  @Override
  public String name() {
    return "soft-threshold";
  }

  @Override
  public CustomActivation create(Map<String, String> options) {
    String parameter = options.getOrDefault("parameter", "margin");
    return (preActivations, parameters) -> {
      Tensor margin = parameters.get(parameter);
      return torch.relu(preActivations.sub(margin.square()));
    };
  }
}
