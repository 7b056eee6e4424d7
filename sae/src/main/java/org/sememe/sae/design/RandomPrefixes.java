package org.sememe.sae.design;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.sememe.tensors.RandomStream;

/**
 * Matryoshka's prefixes drawn anew for each step (Nabeshima 2024): all latents, and {@code levels -
 * 1} different shorter prefixes, each of m latents, from {@code least} up to F - 1, by
 *
 * <pre>
 * P(length of at most m) = ((m - least + 1) / (F - least))^power
 * </pre>
 *
 * A step's are the same whenever they are asked for.
 *
 * @param levels at least 1, with the whole
 * @param least the shortest, at least 1
 * @param power above 0; under 1 prefers short ones, and 0.5 is the author's
 */
public record RandomPrefixes(int levels, int least, double power, long seed) {
  public RandomPrefixes {
    if (levels < 1 || least < 1 || !(power > 0)) {
      throw new IllegalArgumentException(
          "%d levels from %d latents, power %s: need at least 1 and 1, and above 0"
              .formatted(levels, least, power));
    }
  }

  /**
   * Those of a step, the whole last, whose errors' mean is taken.
   *
   * @param step from 0
   * @param latents F
   * @param weight of the mean
   * @throws IllegalArgumentException if there are not as many lengths as levels
   */
  public List<Reconstruction> at(long step, int latents, double weight) {
    if (latents - least < levels - 1) {
      throw new IllegalArgumentException(
          "%d latents have no %d different prefixes of at least %d: ask for fewer levels"
              .formatted(latents, levels, least));
    }
    RandomStream random = RandomStream.of(seed).stream("prefixes").stream(step);
    SortedSet<Integer> lengths = new TreeSet<>();
    while (lengths.size() < levels - 1) { // one that is there already is drawn again
      double at = (latents - least) * Math.pow(random.nextDouble(), 1 / power);
      lengths.add(least + (int) at);
    }
    List<Reconstruction> levels = new ArrayList<>();
    for (int length : lengths) {
      levels.add(new Reconstruction.Prefix(length, weight / this.levels));
    }
    levels.add(new Reconstruction.Whole(weight / this.levels));
    return List.copyOf(levels);
  }
}
