package org.sememe.training;

import java.util.Optional;

/**
 * What a dictionary reads and what it makes of it.
 *
 * @param kind autoencoder, one hook point's rows from themselves; transcoder, another's from them
 *     (Dunefsky et al. 2024), where {@code b_dec} is of the target and never subtracted from
 *     inputs, whatever centring says; or crosscoder, those of several together (Lindsey et al.
 *     2024), whose decoder rows have as length the sum of their parts' and norms of their own,
 *     whatever decoder-norm says. It follows from the hook points that are given. Default
 *     autoencoder
 * @param skip with transcoder whether there is a linear path beside the latents (Paulo et al.
 *     2025). Default false
 */
public record SiteOptions(Reading kind, boolean skip) implements OptionGroup {
  /** From which rows which are made. */
  public enum Reading {
    /** A row from itself. */
    AUTOENCODER,
    /** A row from another. */
    TRANSCODER,
    /** Several rows from themselves. */
    CROSSCODER
  }

  public SiteOptions {
    TrainOptions.require(!skip || kind == Reading.TRANSCODER, "skip", "false without a target");
  }

  /** A row from itself. */
  public static SiteOptions autoencoder() {
    return new SiteOptions(Reading.AUTOENCODER, false);
  }

  /** What is not an autoencoder, as an option says it. */
  Optional<String> asked() {
    return kind == Reading.AUTOENCODER
        ? Optional.empty()
        : Optional.of("kind=" + OptionText.name(kind));
  }

  /** Refuses what does not go with rows of several hook points. */
  void check(
      Architecture architecture, InputScale inputScale, EndToEnd endToEnd, long resampleEvery) {
    if (kind == Reading.AUTOENCODER) {
      return;
    }
    String with = " with " + asked().orElseThrow();
    TrainOptions.require(
        !architecture.pursues() && architecture != Architecture.OWN,
        "architecture",
        "other than matching-pursuit, omp and own" + with);
    TrainOptions.require(
        inputScale.isFactor(), "input-scale", "none, unit, width or mean-norm" + with);
    TrainOptions.require(!endToEnd.wanted(), "end-to-end", "none" + with);
    TrainOptions.require(resampleEvery == 0, "resample-every", "0 (never)" + with);
  }
}
