package org.sememe.training.ranks;

import java.util.EnumMap;
import java.util.Map;

/**
 * The ranks of a job as a grid: groups of them train dictionaries of their own, and in a group
 * those of a line share out the rows of a batch, those of a column the latents. Ranks that share
 * out latents have numbers next to each other, then those that share out rows: what is sent most
 * often stays nearest.
 *
 * @param hooks groups with dictionaries of their own
 * @param rows parts of a batch in a group
 * @param latents parts of a dictionary in a group
 * @param zero1 whether those with other rows share out the optimiser's state and the update too
 */
public record RankGrid(int hooks, int rows, int latents, boolean zero1) {
  public RankGrid {
    if (hooks < 1 || rows < 1 || latents < 1) {
      throw new IllegalArgumentException("a grid of ranks has at least one of each");
    }
    if (zero1 && latents > 1) {
      throw new IllegalArgumentException(
          "zero1 and latents both share out the optimiser: take one");
    }
  }

  /** A grid of one rank. */
  static RankGrid single() {
    return new RankGrid(1, 1, 1, false);
  }

  /** One thing shared out over all ranks. */
  public static RankGrid of(Sharding sharding, int ranks) {
    return of(sharding.text(), ranks);
  }

  /**
   * The grid that a text names, such as {@code latents}, {@code rows:2,latents:2} or {@code
   * hooks:4,rows}; of one axis the number may be left out.
   *
   * @throws IllegalArgumentException if it names none of so many ranks
   */
  public static RankGrid of(String text, int ranks) {
    Map<Sharding, Integer> sizes = new EnumMap<>(Sharding.class);
    int given = 1;
    for (String axis : text.split(",", -1)) {
      String[] parts = axis.strip().split(":", 2);
      int size = parts.length == 1 ? 0 : size(axis, parts[1], ranks);
      if (sizes.put(Sharding.named(parts[0]), size) != null) {
        throw new IllegalArgumentException(text + ": names " + parts[0] + " twice");
      }
      given = Math.max(1, size) * given;
    }
    int rest = ranks / given;
    boolean open = sizes.containsValue(0);
    if (sizes.values().stream().filter(size -> size == 0).count() > 1
        || rest * given != ranks
        || !open && rest > 1) {
      throw new IllegalArgumentException(
          text + ": does not share out " + ranks + " ranks; give numbers whose product they are");
    }
    sizes.replaceAll((sharding, size) -> size == 0 ? rest : size);
    boolean zero1 = sizes.containsKey(Sharding.ZERO1);
    if (zero1 && sizes.containsKey(Sharding.ROWS)) {
      throw new IllegalArgumentException(text + ": zero1 shares out the rows already");
    }
    return new RankGrid(
        sizes.getOrDefault(Sharding.HOOKS, 1),
        sizes.getOrDefault(zero1 ? Sharding.ZERO1 : Sharding.ROWS, 1),
        sizes.getOrDefault(Sharding.LATENTS, 1),
        zero1);
  }

  private static int size(String axis, String number, int ranks) {
    try {
      int size = Integer.parseInt(number);
      if (size >= 1 && size <= ranks) {
        return size;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new IllegalArgumentException(
        axis + ": must be a whole number from 1 to the " + ranks + " ranks");
  }

  /** Ranks of a group, which train the same dictionaries. */
  int group() {
    return rows * latents;
  }

  /** A rank's group. */
  int group(int rank) {
    return rank / group();
  }

  /** A rank's part of the rows. */
  int row(int rank) {
    return rank / latents % rows;
  }

  /** A rank's part of the latents. */
  int latent(int rank) {
    return rank % latents;
  }
}
