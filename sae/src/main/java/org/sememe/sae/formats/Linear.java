package org.sememe.sae.formats;

import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeConfig;
import org.sememe.sae.Sparsity;
import org.sememe.sae.dictionary.CoderParts;
import org.sememe.sae.dictionary.Decoding;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.dictionary.Encoding;
import org.sememe.sae.dictionary.SaeDictionary;
import org.sememe.sae.dictionary.Selection;
import org.sememe.sae.dictionary.SparseCoder;
import org.sememe.sae.fold.Choice;
import org.sememe.sae.fold.DecoderNorms;
import org.sememe.sae.fold.FoldedWeights;
import org.sememe.sae.fold.RowNormalisation;
import org.sememe.sae.fold.TrainedWeights;

/**
 * The weights of one input and one output, latent-major, float32, contiguous, in the caller's
 * scope.
 *
 * @param encoder {@code [F, d]}
 * @param encoderBias {@code [F]}
 * @param decoder {@code [F, d_out]}
 * @param decoderBias {@code [d_out]}
 */
record Linear(Tensor encoder, Tensor encoderBias, Tensor decoder, Tensor decoderBias) {
  /** Folded weights, without their thresholds. */
  static Linear of(FoldedWeights folded) {
    return new Linear(
        floats(folded.encoder()),
        floats(folded.encoderBias()),
        floats(folded.decoder()),
        floats(folded.decoderBias()));
  }

  private static Tensor floats(Tensor tensor) {
    return tensor.to(ScalarType.Float).contiguous();
  }

  int width() {
    return Math.toIntExact(encoder.size(1));
  }

  int latents() {
    return Math.toIntExact(encoder.size(0));
  }

  /** For folding. */
  TrainedWeights trained(Optional<Tensor> thresholds, boolean subtractDecoderBias, Choice choice) {
    return new TrainedWeights(
        encoder, encoderBias, decoder, decoderBias, thresholds, subtractDecoderBias, choice);
  }

  /** These with {@code b_dec} subtracted from the input, which moves into the encoder's bias. */
  Linear centred() {
    return new Linear(encoder, encoderBias.sub(encoder.mv(decoderBias)), decoder, decoderBias);
  }

  /** These on inputs and outputs that were multiplied by something in training. */
  Linear unscaled(double in, double out) {
    if (in == 1 && out == 1) {
      return this;
    }
    return Linear.of(
        trained(Optional.empty(), false, Choice.COMPARED)
            .foldKeepingActivations(DecoderNorms.KEPT, in, out));
  }

  /** An autoencoder of rows as they come. */
  Dictionary autoencoder(
      Description description, Sparsity sparsity, boolean subtract, Optional<Tensor> thresholds) {
    return autoencoder(description, sparsity, subtract, thresholds, RowNormalisation.NONE);
  }

  /** An autoencoder. */
  Dictionary autoencoder(
      Description description,
      Sparsity sparsity,
      boolean subtract,
      Optional<Tensor> thresholds,
      RowNormalisation rows) {
    SaeConfig plain = description.config(width(), latents(), sparsity, subtract);
    SaeConfig config =
        new SaeConfig(
            plain.width(),
            plain.latents(),
            sparsity,
            subtract,
            plain.hook(),
            plain.model(),
            1,
            rows,
            plain.metadata());
    Sae sae = new Sae(config, encoder, encoderBias, decoder, decoderBias, thresholds);
    return new SaeDictionary(description.facts(config), sae);
  }

  /** What a coder of these weights, without anything else, is put together of. */
  CoderParts parts(Selection selection) {
    return new CoderParts(
        new Encoding.Joint(encoder, encoderBias, Optional.empty()),
        selection,
        new Decoding.Joint(decoder, decoderBias));
  }

  /** A coder of one input and one output. */
  Dictionary coder(Description description, CoderParts parts) {
    return new SparseCoder(
        description.facts(
            latents(),
            List.of((long) width()),
            List.of(decoderBias.numel()),
            parts.selection().key(),
            parts.selection().active()),
        parts);
  }
}
