package org.sememe.analysis.steering;

import java.util.Set;
import org.sememe.models.generation.GenerationOptions;

/**
 * What a person wants to see steered.
 *
 * @param prompt what the model is asked
 * @param steering what is turned how far
 * @param maxNewTokens of each reply, 1 to {@value #MOST_NEW_TOKENS}
 * @param temperature 0 for the likeliest token each time, at most 10
 * @param topP see {@link GenerationOptions}
 * @param seed of both replies
 */
public record SteeringRequest(
    SteeringPrompt prompt,
    Steering steering,
    int maxNewTokens,
    double temperature,
    double topP,
    long seed) {
  /** The longest reply. */
  public static final int MOST_NEW_TOKENS = 512;

  /** Checks the ranges. */
  public SteeringRequest {
    if (maxNewTokens < 1 || maxNewTokens > MOST_NEW_TOKENS) {
      throw new IllegalArgumentException(
          "max_new_tokens: 1 to " + MOST_NEW_TOKENS + ", not " + maxNewTokens);
    }
    if (!(temperature >= 0 && temperature <= 10)) {
      throw new IllegalArgumentException("temperature: 0 to 10, not " + temperature);
    }
    if (!(topP > 0 && topP <= 1)) {
      throw new IllegalArgumentException("top_p: above 0 and at most 1, not " + topP);
    }
  }

  /** How to choose tokens, and what ends a reply. */
  GenerationOptions options(Set<Integer> stopIds) {
    return new GenerationOptions(maxNewTokens, temperature, topP, seed, stopIds);
  }
}
