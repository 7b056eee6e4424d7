package org.sememe.training;

import java.util.Optional;
import java.util.OptionalInt;
import org.sememe.kernels.DecoderNorm;
import org.sememe.sae.design.Normalisation;

/**
 * Whether a dictionary sees rows in the order of their text: attention over the codes of what came
 * before predicts a part of each row, and sparse codes take what is new in it ({@link
 * org.sememe.sae.dictionary.TemporalCoder}; Lubana et al. 2025). Ours are unit decoder rows, an
 * encoder of its own that begins as their transpose, and that no factor of {@code 1 / 4d} stands
 * before it in training.
 *
 * @param sequence rows of one context, one after the other, that are seen together; 0 for rows
 *     alone. Needs a store, whose rows know their context, and batch a multiple of it. Default 0
 * @param heads of each layer's attention; a divisor of latents and of latents / bottleneck. Default
 *     4
 * @param attentionLayers each predicts from what the ones before left. Default 1
 * @param bottleneck how many times narrower queries and keys are than codes. Default 8
 */
public record TemporalOptions(int sequence, int heads, int attentionLayers, int bottleneck)
    implements OptionGroup {
  public TemporalOptions {
    TrainOptions.require(sequence >= 0 && sequence != 1, "sequence", "0 (rows alone) or above 1");
    TrainOptions.require(heads >= 1, "heads", "at least 1");
    TrainOptions.require(attentionLayers >= 1, "attention-layers", "at least 1");
    TrainOptions.require(bottleneck >= 1, "bottleneck", "at least 1");
  }

  /** Rows alone. */
  public static TemporalOptions none() {
    return new TemporalOptions(0, 4, 1, 8);
  }

  /** Whether rows are seen in order. */
  public boolean wanted() {
    return sequence > 0;
  }

  /** Rows that a source has to give together. */
  int together() {
    return Math.max(1, sequence);
  }

  /** Sequences, as an option says it. */
  Optional<String> asked() {
    return wanted() ? Optional.of("sequence=" + sequence) : Optional.empty();
  }

  /** Queries' and keys' values. */
  int narrow(int latents) {
    return latents / bottleneck;
  }

  /** Refuses what is not told of sequences. */
  void check(TrainOptions options) {
    if (!wanted()) {
      return;
    }
    String with = " with " + asked().orElseThrow();
    int latents = options.latents();
    boolean heard = latents % bottleneck == 0 && narrow(latents) % heads == 0;
    TrainOptions.require(
        heard && latents % heads == 0,
        "latents",
        "a multiple of heads, and so latents / bottleneck (" + bottleneck + ")" + with);
    TrainOptions.require(options.batch() % sequence == 0, "batch", "a multiple of it" + with);
    Architecture architecture = options.architecture();
    TrainOptions.require(
        architecture == Architecture.TOPK || architecture == Architecture.RELU,
        "architecture",
        "topk or relu" + with);
    TrainOptions.require(
        options.penalty().isEmpty(), "penalty", "auto, which is L1 for relu," + with);
    TrainOptions.require(
        options.inputScale().isFactor(), "input-scale", "none, unit, width or mean-norm" + with);
    TrainOptions.require(options.centred(), "centring", "decoder-bias" + with);
    TrainOptions.require(options.rowNorms() == DecoderNorm.UNIT, "decoder-norm", "unit" + with);
    TrainOptions.require(
        options.sites().kind() == SiteOptions.Reading.AUTOENCODER,
        "hook",
        "one hook point without a target" + with);
    Optional<String> other =
        options.structure().asked().or(options.levels()::asked).or(() -> more(options));
    TrainOptions.require(other.isEmpty(), other.orElse(""), "off" + with);
  }

  private static Optional<String> more(TrainOptions options) {
    if (options.multiTopK() > 0) {
      return Optional.of("multi-top-k");
    }
    if (!options.matryoshka().fractions().isEmpty()) {
      return Optional.of("matryoshka");
    }
    if (!options.kStart().equals(OptionalInt.empty())) {
      return Optional.of("k-start");
    }
    if (options.resampleEvery() > 0) {
      return Optional.of("resample-every");
    }
    if (options.error() != Normalisation.ROWS) {
      return Optional.of("error=" + OptionText.name(options.error()));
    }
    return options.endToEnd().wanted() ? Optional.of("end-to-end") : Optional.empty();
  }
}
