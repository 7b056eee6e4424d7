package org.sememe.models.generation;

import java.util.Arrays;
import org.sememe.tensors.RandomStream;

/** Chooses tokens from logits by the options, with a random stream of its own. One thread's. */
final class TokenChooser {
  private final GenerationOptions options;
  private final RandomStream random;

  TokenChooser(GenerationOptions options) {
    this.options = options;
    this.random = RandomStream.of(options.seed()).stream("generation");
  }

  /** The chosen id; of equal logits the lowest id counts as better. */
  int choose(float[] logits) {
    int best = 0;
    for (int id = 1; id < logits.length; id++) {
      if (logits[id] > logits[best]) {
        best = id;
      }
    }
    return options.temperature() == 0 ? best : draw(logits, logits[best]);
  }

  private int draw(float[] logits, float most) {
    double[] weights = new double[logits.length];
    double sum = 0;
    for (int id = 0; id < logits.length; id++) {
      weights[id] = Math.exp((logits[id] - most) / options.temperature());
      sum += weights[id];
    }
    int[] ids = likeliest(weights, options.topP() * sum);
    double total = 0;
    for (int id : ids) {
      total += weights[id];
    }
    double left = random.nextDouble() * total;
    for (int id : ids) {
      left -= weights[id];
      if (left < 0) {
        return id;
      }
    }
    return ids[ids.length - 1];
  }

  /** The fewest ids, heaviest first, whose weights reach {@code share}; all if none do. */
  private int[] likeliest(double[] weights, double share) {
    // Keys sort by falling weight, then by rising id: positive floats order as their bits do.
    long[] keys = new long[weights.length];
    for (int id = 0; id < keys.length; id++) {
      long falling = Integer.MAX_VALUE - (long) Float.floatToIntBits((float) weights[id]);
      keys[id] = falling << 32 | id;
    }
    Arrays.sort(keys);
    int count = 0;
    for (double reached = 0; count < keys.length && reached < share; count++) {
      reached += weights[(int) keys[count]];
    }
    int[] ids = new int[Math.max(1, count)];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = (int) keys[i];
    }
    return ids;
  }
}
