package org.sememe.training.ranks;

import java.util.Arrays;
import java.util.Locale;

/** What is dealt out over the ranks of a job. */
public enum Sharding {
  /** The rows of a batch: every rank has the whole dictionary. Data parallel. */
  ROWS,
  /**
   * The rows of a batch, and the optimiser's state with the update: every rank has all weights, and
   * the moments of a range of the latents. ZeRO's first stage (Rajbhandari et al. 2020).
   */
  ZERO1,
  /** The latents, and with them the optimiser's state: every rank sees the whole batch. */
  LATENTS,
  /**
   * The dictionaries of several hook points: each rank trains its own, and runs the model for them.
   */
  HOOKS;

  /**
   * The one of a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Sharding named(String name) {
    return Arrays.stream(values())
        .filter(sharding -> sharding.text().equals(name))
        .findAny()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "'" + name + "' cannot be shared out: rows, zero1, latents or hooks can"));
  }

  /** Its name, as options give it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
