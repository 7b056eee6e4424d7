package org.sememe.training;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.sememe.sae.design.DecoderKind;
import org.sememe.sae.design.EncoderKind;

/**
 * What encoder and decoder are made of, where it is not a matrix each.
 *
 * @param encoder dense; tied, whose rows are the decoder's; kronecker, which needs a share of the
 *     directions; or switch, which has each row encoded by one of several experts. Default dense
 * @param kronM with kronecker the first halves of a head, m: a head's latents are the m n pairs of
 *     its halves, and its directions m + n ({@link EncoderKind.Kronecker}). Default 4
 * @param kronN with kronecker the second halves of a head, n. Default 4
 * @param experts with switch, how many ({@link EncoderKind.Switch}). Default 8
 * @param balance with switch the weight of the term that keeps experts equally busy. Auto: a
 *     hundredth of a row's mean square, which is 0.01 with input-scale=unit and else 0.01 d
 * @param decoder free; or archetypal, whose rows are mixtures of points of the data ({@link
 *     DecoderKind.Archetypal}) and have norms of their own, whatever decoder-norm says. Default
 *     free
 * @param points with archetypal, how many: centres of clusters of the first sample-rows rows, less
 *     b_dec. Auto: the number of latents, at most a quarter of sample-rows
 * @param slack with archetypal how far a row may be from the points' hull, in units of the points'
 *     mean norm. Default 0.1
 */
public record StructureOptions(
    EncoderName encoder,
    int kronM,
    int kronN,
    int experts,
    OptionalDouble balance,
    DecoderName decoder,
    OptionalInt points,
    double slack)
    implements OptionGroup {
  /** An encoder's name. */
  public enum EncoderName {
    /** {@link EncoderKind.Dense}. */
    DENSE,
    /** {@link EncoderKind.Tied}. */
    TIED,
    /** {@link EncoderKind.Kronecker}. */
    KRONECKER,
    /** {@link EncoderKind.Switch}. */
    SWITCH
  }

  /** A decoder's name. */
  public enum DecoderName {
    /** {@link DecoderKind.Free}. */
    FREE,
    /** {@link DecoderKind.Archetypal}. */
    ARCHETYPAL
  }

  private static final double BALANCE = 0.01;

  public StructureOptions {
    TrainOptions.require(kronM >= 1, "kron-m", "at least 1");
    TrainOptions.require(kronN >= 1, "kron-n", "at least 1");
    TrainOptions.require(experts >= 1, "experts", "at least 1");
    TrainOptions.require(balance.orElse(0) >= 0, "balance", "0 or above");
    TrainOptions.require(points.orElse(2) >= 2, "points", "at least 2");
    TrainOptions.require(slack >= 0, "slack", "0 or above");
  }

  /** A matrix each. */
  public static StructureOptions plain() {
    return new StructureOptions(
        EncoderName.DENSE,
        4,
        4,
        8,
        OptionalDouble.empty(),
        DecoderName.FREE,
        OptionalInt.empty(),
        0.1);
  }

  /** What is not a matrix, as an option says it; empty where both are. */
  Optional<String> asked() {
    if (encoder != EncoderName.DENSE) {
      return Optional.of("encoder=" + OptionText.name(encoder));
    }
    return archetypal() ? Optional.of("decoder=archetypal") : Optional.empty();
  }

  boolean archetypal() {
    return decoder == DecoderName.ARCHETYPAL;
  }

  /** Whether the encoder is a matrix of a row for each latent. */
  boolean rows() {
    return encoder == EncoderName.DENSE || encoder == EncoderName.TIED;
  }

  /** Refuses sizes and architectures that do not go with these. */
  void check(int latents, int k, Architecture architecture, int sampleRows) {
    long pairs = (long) kronM * kronN;
    TrainOptions.require(
        encoder != EncoderName.KRONECKER || latents % pairs == 0,
        "latents",
        "a multiple of kron-m times kron-n (" + pairs + ") with encoder=kronecker");
    TrainOptions.require(
        encoder != EncoderName.SWITCH || latents % experts == 0,
        "latents",
        "a multiple of experts (" + experts + ") with encoder=switch");
    TrainOptions.require(
        encoder != EncoderName.SWITCH || !architecture.selects() || k <= latents / experts,
        "k",
        "at most the latents of an expert (" + latents / experts + ") with encoder=switch");
    TrainOptions.require(
        !archetypal() || points.orElse(2) <= sampleRows,
        "points",
        "at most sample-rows (" + sampleRows + ")");
    TrainOptions.require(
        asked().isEmpty() || !architecture.pursues() && architecture != Architecture.OWN,
        "architecture",
        "other than matching-pursuit, omp and own with " + asked().orElse(""));
    TrainOptions.require(
        encoder != EncoderName.TIED || !archetypal(), "decoder", "free with encoder=tied");
    TrainOptions.require(
        encoder == EncoderName.DENSE || architecture != Architecture.GATED,
        "architecture",
        "other than gated with " + asked().orElse(""));
  }

  /**
   * The encoder of so many latents.
   *
   * @param square a row's mean square
   */
  EncoderKind encoder(int latents, double square) {
    return switch (encoder) {
      case DENSE -> new EncoderKind.Dense();
      case TIED -> new EncoderKind.Tied();
      case KRONECKER -> new EncoderKind.Kronecker(latents / (kronM * kronN), kronM, kronN);
      case SWITCH -> new EncoderKind.Switch(experts, balance.orElse(BALANCE * square));
    };
  }

  /** The decoder. */
  DecoderKind decoderKind() {
    return switch (decoder) {
      case FREE -> new DecoderKind.Free();
      case ARCHETYPAL -> new DecoderKind.Archetypal(slack);
    };
  }

  /** How many points there are. */
  int points(int latents, int sampleRows) {
    return points.orElse(Math.max(2, Math.min(latents, sampleRows / 4)));
  }
}
