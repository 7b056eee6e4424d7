package org.sememe.sae.design;

import java.util.List;
import java.util.Optional;

/**
 * A dictionary's design, complete: u = norm(x) [- b_dec], activations z of u, reconstruction {@code
 * y = norm^-1(z W_dec + b_dec) [+ W_skip x]}, and the terms of its loss, which are added.
 *
 * @param structure what encoder and decoder are made of
 * @param scaledByDecoder whether pre-activations are multiplied by the norms of their decoder rows
 *     before the activation, and decoding divides by them, so that latents are chosen by what they
 *     add to the output (SAELens)
 * @param skip whether there is a linear path from the row x as it came, {@code W_skip [d_out, d]}
 * @param otherTarget whether y is to equal something else than x, as a transcoder's does; the
 *     output is then not brought back by the inverse of the input's norm
 * @param error what squared errors are divided by
 * @param reconstructions whose errors are in the loss
 * @param gate present where the activation is gated
 */
public record Design(
    Structure structure,
    Activation activation,
    InputNorm inputNorm,
    BiasUse bias,
    boolean scaledByDecoder,
    boolean skip,
    boolean otherTarget,
    Normalisation error,
    List<Reconstruction> reconstructions,
    List<WeightedPenalty> penalties,
    Optional<GateTraining> gate,
    Optional<Revival> dead) {

  public Design {
    reconstructions = List.copyOf(reconstructions);
    penalties = List.copyOf(penalties);
    require(
        gate.isPresent() == activation instanceof Activation.Gated,
        "a gated activation, and no other, has a training of its gate");
    require(
        error != Normalisation.ERROR_VARIANCE,
        "an error cannot be divided by its own variance: choose another normalisation");
    require(!reconstructions.isEmpty(), "a loss needs a reconstruction");
    require(
        reconstructions.stream().map(Design::kind).distinct().count() == reconstructions.size(),
        "a reconstruction is asked for twice: add their weights");
    require(
        reconstructions.stream().noneMatch(Reconstruction.Wider.class::isInstance)
            || activation instanceof Activation.TopK
            || activation instanceof Activation.AbsTopK
            || activation instanceof Activation.BatchTopK,
        "a wider reconstruction needs an activation with a k");
    boolean thresholds = activation instanceof Activation.JumpRelu;
    require(
        thresholds
            || penalties.stream()
                .noneMatch(priced -> priced.penalty() instanceof Penalty.BelowThreshold),
        "only JumpReLU has thresholds to be below of");
    require(
        !(scaledByDecoder && activation instanceof Activation.Gated),
        "a gated dictionary is not scaled by its decoder");
    require(
        !activation.pursues() || !scaledByDecoder && dead.isEmpty(),
        "matching pursuit has no pre-activations to scale or to choose dead latents by");
    require(
        structure.encoder() instanceof EncoderKind.Dense
            || !(activation instanceof Activation.Gated || activation.pursues()),
        "a gated dictionary and matching pursuit have no encoder but a dense one");
    require(
        !(structure.rowNorm() instanceof RowNorm.ByHook(int hooks) && hooks > 1)
            || inputNorm == InputNorm.NONE,
        "rows of several hook points are not normalised as one: normalise each before");
  }

  /** b_dec centres, nothing is normalised, and the loss is the mean of {@code |x - y|^2}. */
  public static Design of(Activation activation) {
    return new Design(
        Structure.plain(),
        activation,
        InputNorm.NONE,
        BiasUse.CENTRES,
        false,
        false,
        false,
        Normalisation.ROWS,
        List.of(new Reconstruction.Whole(1)),
        List.of(),
        activation instanceof Activation.Gated
            ? Optional.of(GateTraining.published())
            : Optional.empty(),
        Optional.empty());
  }

  /** The same with encoder and decoder made so. */
  public Design withStructure(Structure value) {
    return new Design(
        value,
        activation,
        inputNorm,
        bias,
        scaledByDecoder,
        skip,
        otherTarget,
        error,
        reconstructions,
        penalties,
        gate,
        dead);
  }

  /** The same with rows normalised so. */
  public Design withInputNorm(InputNorm value) {
    return new Design(
        structure,
        activation,
        value,
        bias,
        scaledByDecoder,
        skip,
        otherTarget,
        error,
        reconstructions,
        penalties,
        gate,
        dead);
  }

  /** The same with b_dec used so. */
  public Design withBias(BiasUse value) {
    return new Design(
        structure,
        activation,
        inputNorm,
        value,
        scaledByDecoder,
        skip,
        otherTarget,
        error,
        reconstructions,
        penalties,
        gate,
        dead);
  }

  /** The same, with latents chosen by what they add to the output or not. */
  public Design withScaledByDecoder(boolean value) {
    return new Design(
        structure,
        activation,
        inputNorm,
        bias,
        value,
        skip,
        otherTarget,
        error,
        reconstructions,
        penalties,
        gate,
        dead);
  }

  /** The same with a skip connection or without. */
  public Design withSkip(boolean value) {
    return new Design(
        structure,
        activation,
        inputNorm,
        bias,
        scaledByDecoder,
        value,
        otherTarget,
        error,
        reconstructions,
        penalties,
        gate,
        dead);
  }

  /** The same for a target other than x, or for x. */
  public Design withOtherTarget(boolean value) {
    return new Design(
        structure,
        activation,
        inputNorm,
        bias,
        scaledByDecoder,
        skip,
        value,
        error,
        reconstructions,
        penalties,
        gate,
        dead);
  }

  /** The same with errors divided so. */
  public Design withError(Normalisation value) {
    return new Design(
        structure,
        activation,
        inputNorm,
        bias,
        scaledByDecoder,
        skip,
        otherTarget,
        value,
        reconstructions,
        penalties,
        gate,
        dead);
  }

  /** The same with these reconstructions. */
  public Design withReconstructions(List<Reconstruction> value) {
    return new Design(
        structure,
        activation,
        inputNorm,
        bias,
        scaledByDecoder,
        skip,
        otherTarget,
        error,
        value,
        penalties,
        gate,
        dead);
  }

  /** The same with these penalties. */
  public Design withPenalties(List<WeightedPenalty> value) {
    return new Design(
        structure,
        activation,
        inputNorm,
        bias,
        scaledByDecoder,
        skip,
        otherTarget,
        error,
        reconstructions,
        value,
        gate,
        dead);
  }

  /** The same with the gate trained so. */
  public Design withGate(GateTraining value) {
    return new Design(
        structure,
        activation,
        inputNorm,
        bias,
        scaledByDecoder,
        skip,
        otherTarget,
        error,
        reconstructions,
        penalties,
        Optional.of(value),
        dead);
  }

  /** The same with a loss for dead latents. */
  public Design withDead(Revival value) {
    return new Design(
        structure,
        activation,
        inputNorm,
        bias,
        scaledByDecoder,
        skip,
        otherTarget,
        error,
        reconstructions,
        penalties,
        gate,
        Optional.of(value));
  }

  /** All but the weight. */
  private static List<Object> kind(Reconstruction wanted) {
    return switch (wanted) {
      case Reconstruction.Whole(double _) -> List.of("whole");
      case Reconstruction.Prefix(int latents, double _) -> List.of("prefix", latents);
      case Reconstruction.Wider(int factor, double _, boolean _) -> List.of("wider", factor);
      case Reconstruction.Budgets(List<Integer> budgets, double _) -> List.of("budgets", budgets);
    };
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }
}
