package org.sememe.sae.formats.export;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Pattern;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeConfig;
import org.sememe.sae.Sparsity;
import org.sememe.sae.dictionary.CoderParts;
import org.sememe.sae.dictionary.Decoding;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.dictionary.DictionaryFacts;
import org.sememe.sae.dictionary.Encoding;
import org.sememe.sae.dictionary.Kind;
import org.sememe.sae.dictionary.Selection;
import org.sememe.sae.dictionary.SparseCoder;
import org.sememe.sae.fold.RowNormalisation;

/**
 * A dictionary in terms that every library has: of one input and one output, or, for the few that
 * have crosscoders, of several, side by side in a row. Tensors are float32, of the caller's scope
 * or the dictionary's.
 *
 * @param facts what it is
 * @param sae the same, if it is one
 * @param format whose files it is for, for messages
 * @param encoder {@code [F, d]}
 * @param encoderBias {@code [F]}
 * @param decoder {@code [F, d_out]}
 * @param decoderBias {@code [d_out]}
 * @param subtracts whether {@code b_dec} is subtracted from the input
 * @param sparsity which latents are active
 * @param thresholds {@code [F]}, of JumpReLU
 * @param rows what is done to each row first
 * @param undone whether it is undone in the output
 * @param skip {@code [d, d_out]}
 */
record Portable(
    DictionaryFacts facts,
    Optional<Sae> sae,
    String format,
    Tensor encoder,
    Tensor encoderBias,
    Tensor decoder,
    Tensor decoderBias,
    boolean subtracts,
    Sparsity sparsity,
    Optional<Tensor> thresholds,
    RowNormalisation rows,
    boolean undone,
    Optional<Tensor> skip) {
  /**
   * A dictionary for a format.
   *
   * @param crosses whether the format has rows of several hook points
   * @throws NotExpressibleException if it has more inputs and outputs than the format, or a
   *     selection that no library reads
   */
  static Portable of(Dictionary dictionary, String format, boolean crosses)
      throws NotExpressibleException {
    if (dictionary.sae().isPresent()) {
      return of(dictionary.sae().get(), dictionary.facts(), format);
    }
    if (dictionary instanceof SparseCoder coder
        && (expresses(coder) || crosses && isCrosscoder(coder))
        && coder.parts().encoding() instanceof Encoding.Joint encoding
        && coder.parts().decoding() instanceof Decoding.Joint decoding) {
      return of(coder, encoding, decoding, format);
    }
    throw new NotExpressibleException(
        format,
        "a " + dictionary.facts().kind().key() + " (" + dictionary.facts().architecture() + ")",
        "use it where it lies; info and encode read it");
  }

  /** Whether it is of one input and one output, with an encoder that other libraries have. */
  static boolean expresses(SparseCoder coder) {
    return coder.parts().encoding() instanceof Encoding.Joint encoding
        && coder.parts().decoding() instanceof Decoding.Joint
        && encoding.gate().isEmpty()
        && coder.facts().input().shape().size() == 1
        && coder.facts().output().shape().size() == 1;
  }

  /** Whether it reads and reconstructs the same several hook points, all together. */
  private static boolean isCrosscoder(SparseCoder coder) {
    return coder.facts().kind() == Kind.CROSSCODER
        && coder.parts().encoding() instanceof Encoding.Joint encoding
        && encoding.gate().isEmpty()
        && coder.parts().importance().map(weights -> weights.dim() == 1).orElse(true)
        && coder.parts().skip().isEmpty()
        && coder.facts().input().shape().equals(coder.facts().output().shape());
  }

  private static Portable of(Sae sae, DictionaryFacts facts, String format) {
    SaeConfig config = sae.config();
    return new Portable(
        facts,
        Optional.of(sae),
        format,
        sae.encoder(),
        sae.encoderBias(),
        sae.decoder(),
        sae.decoderBias(),
        config.subtractDecoderBias(),
        config.sparsity(),
        sae.thresholds(),
        config.rows(),
        true,
        Optional.empty());
  }

  private static Portable of(
      SparseCoder coder, Encoding.Joint encoding, Decoding.Joint decoding, String format)
      throws NotExpressibleException {
    CoderParts parts = coder.parts();
    Sparsity sparsity = sparsity(parts.selection(), format);
    JointWeights weights = JointWeights.of(parts, encoding, decoding);
    return new Portable(
        coder.facts(),
        Optional.empty(),
        format,
        weights.encoder(),
        weights.encoderBias(),
        weights.decoder(),
        decoding.bias(),
        false,
        sparsity,
        parts.selection() instanceof Selection.Above(Tensor thresholds)
            ? Optional.of(thresholds.expand(weights.encoderBias().size(0)))
            : Optional.empty(),
        parts.rows(),
        parts.undone(),
        parts.skip());
  }

  private static Sparsity sparsity(Selection selection, String format)
      throws NotExpressibleException {
    return switch (selection) {
      case Selection.Relu() -> new Sparsity.Relu();
      case Selection.Above(Tensor _) -> new Sparsity.JumpRelu();
      case Selection.TopK(int k, boolean signed) when !signed -> new Sparsity.TopK(k);
      case Selection.GroupMax(int k, boolean signed) when !signed -> new Sparsity.GroupMax(k);
      case Selection.AbsTopK(int k) -> new Sparsity.AbsTopK(k);
      case Selection.BatchTopK _ ->
          throw new NotExpressibleException(
              format, "a choice over the whole batch", "train on until it has a threshold");
      default ->
          throw new NotExpressibleException(
              format,
              selection.key() + " that keeps values below 0",
              "use it where it lies; info and encode read it");
    };
  }

  int width() {
    return Math.toIntExact(encoder.size(1));
  }

  int latents() {
    return Math.toIntExact(encoder.size(0));
  }

  int outputs() {
    return Math.toIntExact(decoder.size(1));
  }

  /** Whether it reconstructs what it reads, and adds nothing beside. */
  boolean isAutoencoder() {
    return outputs() == width()
        && skip.isEmpty()
        && (undone || rows == RowNormalisation.NONE)
        && facts.kind() == Kind.AUTOENCODER;
  }

  /**
   * Latents over width as OpenMOSS's libraries have it, who multiply and cut off: half a latent
   * more is the same number.
   */
  double expansionFactor() {
    return (latents() + 0.5) / width();
  }

  /** {@code b_enc} where {@code b_dec} is subtracted from the input, or is not. */
  Tensor encoderBias(boolean ifSubtracted) {
    if (ifSubtracted == subtracts) {
      return encoderBias;
    }
    Tensor shift = encoder.mv(decoderBias);
    return ifSubtracted ? encoderBias.add(shift) : encoderBias.sub(shift);
  }

  /** The hook point that is read; empty if not known. */
  String hook() {
    return facts.input().hooks().isEmpty() ? "" : facts.input().hooks().getFirst();
  }

  /** The hook point that is reconstructed; empty if not known. */
  String hookOut() {
    return facts.output().hooks().isEmpty() ? "" : facts.output().hooks().getFirst();
  }

  /** The layer of a hook point such as {@code blocks.7.hook_resid_post}; 0 without one. */
  int layer() {
    return Pattern.compile("(?:^|\\.)(\\d{1,6})\\.")
        .matcher(hook() + ".")
        .results()
        .map(found -> Integer.parseInt(found.group(1)))
        .findFirst()
        .orElse(0);
  }

  /** The layer, where the hook point is the residual stream after a block. */
  Optional<Integer> residualLayer() {
    return hook().equals("blocks." + layer() + ".hook_resid_post")
        ? Optional.of(layer())
        : Optional.empty();
  }

  /** The output's hook point by a name that is not the input's: how some tell a transcoder. */
  String otherHookOut() {
    String out = hookOut().isEmpty() ? hook() : hookOut();
    return facts.kind() == Kind.TRANSCODER && out.equals(hook()) ? out + ".output" : out;
  }

  /** The one threshold of all latents, if they have one in common. */
  OptionalDouble oneThreshold() {
    if (thresholds.isEmpty()) {
      return OptionalDouble.empty();
    }
    double least = thresholds.get().min().item_double();
    return least == thresholds.get().max().item_double()
        ? OptionalDouble.of(least)
        : OptionalDouble.empty();
  }

  /** Logarithms of the thresholds; one of 0 or below becomes one that all positive values pass. */
  Tensor logThresholds() {
    return torch
        .clamp_min(thresholds.orElseThrow(), new Scalar(Float.MIN_NORMAL))
        .log()
        .contiguous();
  }

  /** What to say where the sparsity is none of a format's. */
  NotExpressibleException noSparsity(String known) {
    return new NotExpressibleException(
        format, "a dictionary with " + sparsity.key(), "it knows " + known);
  }

  /**
   * Refuses what is normalised row by row.
   *
   * @throws NotExpressibleException if it is
   */
  void requirePlainRows() throws NotExpressibleException {
    if (rows != RowNormalisation.NONE) {
      throw new NotExpressibleException(
          format,
          "rows that are normalised one by one (" + facts.normalisation() + ")",
          "saelens can");
    }
  }

  /**
   * Refuses a skip connection, and outputs of another width than inputs.
   *
   * @throws NotExpressibleException if it has either
   */
  void requireOneWidth() throws NotExpressibleException {
    if (skip.isPresent() || outputs() != width()) {
      throw new NotExpressibleException(
          format, "a skip connection or two widths", "it knows one width and no skip");
    }
  }

  /**
   * Refuses a transcoder.
   *
   * @throws NotExpressibleException if it is one
   */
  void requireAutoencoder() throws NotExpressibleException {
    if (!isAutoencoder()) {
      throw new NotExpressibleException(
          format, "a " + facts.kind().key() + " or a skip connection", "it knows autoencoders");
    }
  }
}
