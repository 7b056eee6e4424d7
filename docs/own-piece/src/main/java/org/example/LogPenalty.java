package org.example;

import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.global.torch;
import org.sememe.sae.design.CustomPenalty;
import org.sememe.sae.design.CustomPenaltyProvider;

/**
 * A loss of your own: a row costs {@code sum log(1 + z / at)}, which asks less for each further
 * unit of an activation.
 *
 * <pre>
 * sememe train ... --plugin own-piece.jar --set architecture=relu --set penalty=own:log:at=0.1
 * </pre>
 */
public final class LogPenalty implements CustomPenaltyProvider {
  @Override
  public String name() {
    return "log";
  }

  @Override
  public CustomPenalty create(Map<String, String> options) {
    double at = Double.parseDouble(options.getOrDefault("at", "0.1"));
    if (!(at > 0)) {
      throw new IllegalArgumentException("at is " + at + ", need above 0");
    }
    return (activations, parameters) -> torch.log1p(activations.div(new Scalar(at))).sum(1);
  }
}
