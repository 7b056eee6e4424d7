package org.sememe.models.generation;

import java.util.Set;

/**
 * How to choose tokens.
 *
 * @param maxNewTokens the most tokens to add, at least 1
 * @param temperature 0 takes the best token each time; else logits are divided by it before drawing
 * @param topP draw among the fewest likeliest tokens whose probabilities sum to at least this; in
 *     (0, 1], 1 keeps all
 * @param seed of the generation's own random stream: the same seed draws the same tokens
 * @param stopIds ids that end the text; the one that ended it is its last id
 */
public record GenerationOptions(
    int maxNewTokens, double temperature, double topP, long seed, Set<Integer> stopIds) {
  /** Checks ranges. */
  public GenerationOptions {
    stopIds = Set.copyOf(stopIds);
    if (maxNewTokens < 1) {
      throw new IllegalArgumentException("maxNewTokens is " + maxNewTokens + ", need at least 1");
    }
    if (!(temperature >= 0) || Double.isInfinite(temperature)) {
      throw new IllegalArgumentException("temperature is " + temperature + ", need 0 or more");
    }
    if (!(topP > 0 && topP <= 1)) {
      throw new IllegalArgumentException("topP is " + topP + ", need more than 0 and at most 1");
    }
  }

  /** The best token each time, without stop ids. */
  public static GenerationOptions greedy(int maxNewTokens) {
    return new GenerationOptions(maxNewTokens, 0, 1, 0, Set.of());
  }

  /** Draws by temperature and top-p, without stop ids. */
  public static GenerationOptions sampled(
      int maxNewTokens, double temperature, double topP, long seed) {
    return new GenerationOptions(maxNewTokens, temperature, topP, seed, Set.of());
  }

  /** The same with other stop ids. */
  public GenerationOptions withStopIds(Set<Integer> ids) {
    return new GenerationOptions(maxNewTokens, temperature, topP, seed, ids);
  }
}
