package org.sememe.sae.fold;

import java.util.Optional;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Weights as they were trained, on normalised inputs. Folding computes in float64 and changes
 * nothing in place; results live in the caller's scope.
 *
 * @param encoder {@code W_enc [latents, d]}
 * @param encoderBias {@code b_enc [latents]}
 * @param decoder {@code W_dec [latents, d_out]}, where d_out is d but for transcoders
 * @param decoderBias {@code b_dec [d_out]}
 * @param thresholds {@code [latents]}; empty without
 * @param subtractDecoderBias whether b_dec is subtracted from the normalised input
 * @param choice how latents are chosen
 */
public record TrainedWeights(
    Tensor encoder,
    Tensor encoderBias,
    Tensor decoder,
    Tensor decoderBias,
    Optional<Tensor> thresholds,
    boolean subtractDecoderBias,
    Choice choice) {
  /** Takes tensors of any floating type, as float64. */
  public TrainedWeights {
    encoder = encoder.to(ScalarType.Double);
    encoderBias = encoderBias.to(ScalarType.Double);
    decoder = decoder.to(ScalarType.Double);
    decoderBias = decoderBias.to(ScalarType.Double);
    thresholds = thresholds.map(t -> t.to(ScalarType.Double));
  }

  /**
   * A gated dictionary (Rajamanoharan et al. 2024a) as the JumpReLU dictionary that it equals:
   * {@code W_enc = exp(r_mag) W_gate}, {@code b_enc = b_mag}, {@code theta = b_mag - exp(r_mag)
   * b_gate}.
   *
   * @param gate {@code W_gate [latents, d]}
   */
  public static TrainedWeights gated(
      Tensor gate,
      Tensor gateBias,
      Tensor magnitudeBias,
      Tensor logMagnitude,
      Tensor decoder,
      Tensor decoderBias,
      boolean subtractDecoderBias) {
    Tensor factor = logMagnitude.to(ScalarType.Double).exp();
    Tensor bias = magnitudeBias.to(ScalarType.Double);
    Tensor thresholds = bias.sub(factor.mul(gateBias.to(ScalarType.Double)));
    return new TrainedWeights(
        gate.to(ScalarType.Double).mul(factor.unsqueeze(1)),
        bias,
        decoder,
        decoderBias,
        Optional.of(thresholds),
        subtractDecoderBias,
        Choice.EACH);
  }

  /**
   * Weights for raw inputs and reconstructions of them. A scale divides activations, so that the
   * matrices stay; a residual threshold of a pursuit is the caller's to divide.
   *
   * @throws IllegalArgumentException if that is not possible exactly
   */
  public FoldedWeights fold(DecoderNorms norms, FittedInput input) {
    TrainedWeights rescaled = withNorms(norms);
    return switch (input) {
      case FittedInput.Scaled(Optional<Tensor> mean, double scale) ->
          new FoldedWeights(rescaled.unscaled(mean, scale), scale, RowNormalisation.NONE);
      case FittedInput.Whitened whitened ->
          new FoldedWeights(rescaled.unwhitened(whitened), 1, RowNormalisation.NONE);
      case FittedInput.PerRow(RowNormalisation rows) -> new FoldedWeights(rescaled, 1, rows);
      case FittedInput.Parts _ ->
          throw new IllegalArgumentException(
              "rows of several parts are no plain dictionary's: its decoder rows would not stay of"
                  + " norm 1");
    };
  }

  /**
   * Weights of a transcoder, for raw inputs and raw targets.
   *
   * @param inputScale what inputs were multiplied by in training
   * @param targetScale what targets were multiplied by
   * @throws IllegalArgumentException if b_dec is subtracted from the input, which a transcoder's
   *     cannot be
   */
  public FoldedWeights foldTranscoder(DecoderNorms norms, double inputScale, double targetScale) {
    if (subtractDecoderBias) {
      throw new IllegalArgumentException("a transcoder's b_dec is of its targets, not its inputs");
    }
    return foldKeepingActivations(norms, inputScale, targetScale);
  }

  /**
   * Weights for raw inputs and raw outputs, whose activations are those of the scaled inputs: as
   * SAELens folds, and as input and target of different units need it.
   *
   * @param inputScale what inputs were multiplied by in training
   * @param targetScale what outputs were multiplied by; the same where b_dec is subtracted
   */
  public FoldedWeights foldKeepingActivations(
      DecoderNorms norms, double inputScale, double targetScale) {
    TrainedWeights rescaled = withNorms(norms);
    Scalar in = new Scalar(inputScale);
    Scalar out = new Scalar(targetScale);
    return new FoldedWeights(
        new TrainedWeights(
            rescaled.encoder.mul(in),
            rescaled.encoderBias,
            rescaled.decoder.div(out),
            rescaled.decoderBias.div(out),
            rescaled.thresholds,
            subtractDecoderBias,
            choice),
        1,
        RowNormalisation.NONE);
  }

  private TrainedWeights withNorms(DecoderNorms norms) {
    if (norms == DecoderNorms.KEPT) {
      return this;
    }
    if (choice == Choice.PURSUIT || norms == DecoderNorms.FOLDED && choice != Choice.EACH) {
      throw new IllegalArgumentException(
          "decoder norms " + norms + " would change which latents are chosen (" + choice + ")");
    }
    Tensor factors = decoder.square().sum(1).sqrt();
    return new TrainedWeights(
        encoder.mul(factors.unsqueeze(1)),
        encoderBias.mul(factors),
        decoder.div(torch.clamp_min(factors, new Scalar(Double.MIN_NORMAL)).unsqueeze(1)),
        decoderBias,
        norms == DecoderNorms.FOLDED ? thresholds.map(t -> t.mul(factors)) : thresholds,
        subtractDecoderBias,
        choice);
  }

  /** Activations are divided by the scale, so that decoder rows, and what is chosen, stay. */
  private TrainedWeights unscaled(Optional<Tensor> mean, double scale) {
    Scalar s = new Scalar(scale);
    UnaryOperator<Tensor> raw = tensor -> tensor.div(s);
    Tensor center = raw.apply(decoderBias);
    Tensor bias = raw.apply(encoderBias);
    if (mean.isPresent()) {
      Tensor m = mean.get().to(ScalarType.Double);
      center = center.add(m);
      if (!subtractDecoderBias) {
        bias = bias.sub(encoder.mv(m));
      }
    }
    return new TrainedWeights(
        encoder, bias, decoder, center, thresholds.map(raw), subtractDecoderBias, choice);
  }

  private TrainedWeights unwhitened(FittedInput.Whitened w) {
    if (choice == Choice.PURSUIT) {
      throw new IllegalArgumentException(
          "a pursuit on whitened inputs has no equal on raw ones: its residuals are whitened");
    }
    Tensor rawEncoder = encoder.matmul(w.matrix().t());
    Tensor center = decoderBias.unsqueeze(0).matmul(w.inverse()).squeeze(0).add(w.mean());
    Tensor bias = encoderBias.sub(rawEncoder.mv(w.mean()));
    if (subtractDecoderBias) {
      bias = bias.sub(encoder.mv(decoderBias)).add(rawEncoder.mv(center));
    }
    return new TrainedWeights(
        rawEncoder,
        bias,
        decoder.matmul(w.inverse()),
        center,
        thresholds,
        subtractDecoderBias,
        choice);
  }
}
