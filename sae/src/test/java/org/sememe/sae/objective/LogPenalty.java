package org.sememe.sae.objective;

import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.sememe.sae.design.CustomPenalty;
import org.sememe.sae.design.CustomPenaltyProvider;

/** A user's penalty: {@code sum log(1 + a / scale)} of each row. */
public final class LogPenalty implements CustomPenaltyProvider {
  @Override
  public String name() {
    return "log";
  }

  @Override
  public CustomPenalty create(Map<String, String> options) {
    double scale = Double.parseDouble(options.getOrDefault("scale", "1"));
    if (!(scale > 0)) {
      throw new IllegalArgumentException("option scale is " + scale + ", need above 0");
    }
    return (activations, parameters) ->
        activations.div(new Scalar(scale)).add(new Scalar(1.0)).log().sum(1);
  }
}
