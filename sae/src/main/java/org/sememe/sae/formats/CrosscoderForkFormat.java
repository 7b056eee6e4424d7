package org.sememe.sae.formats;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.sae.Sparsity;
import org.sememe.sae.StoredWeights;
import org.sememe.sae.dictionary.CoderParts;
import org.sememe.sae.dictionary.Decoding;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.dictionary.Encoding;
import org.sememe.sae.dictionary.Kind;
import org.sememe.sae.dictionary.Selection;
import org.sememe.sae.dictionary.SparseCoder;
import org.sememe.tensors.FormatException;

/**
 * The crosscoder fork of dictionary_learning (jkminder): crosscoders and batch top-k autoencoders
 * by their stored threshold. Normalisation is off where {@code activation_mean} is NaN.
 */
final class CrosscoderForkFormat implements Format {
  private static final String MEAN = "activation_mean";
  private static final String SCALE = "activation_global_scale";
  private static final String ENCODER = "encoder.weight";
  private static final double EPSILON = 1e-8;

  @Override
  public boolean recognises(Checkpoint checkpoint) {
    return checkpoint.weights().has(ENCODER, "decoder.weight", MEAN, SCALE);
  }

  @Override
  public Dictionary read(Checkpoint checkpoint, LoadOptions options) throws IOException {
    return checkpoint.weights().shape(ENCODER).size() == 3
        ? crosscoder(checkpoint, options)
        : autoencoder(checkpoint, options);
  }

  /**
   * What inputs were normalised by.
   *
   * @param mean of the shape of a row
   * @param in what differences from the mean were multiplied by
   * @param out what outputs are divided by: the library adds an epsilon there
   */
  private record Normalisation(Tensor mean, double in, double out) {
    static Optional<Normalisation> of(StoredWeights weights, long... row) throws FormatException {
      Tensor mean = weights.stored(MEAN, row).to(ScalarType.Float);
      if (mean.isnan().any().item_bool()) {
        return Optional.empty();
      }
      double scale = weights.floats(SCALE).item_double();
      return Optional.of(new Normalisation(weights.floats(MEAN, row), scale, scale + EPSILON));
    }
  }

  private static boolean known(String name) {
    return List.of("k", "activation_std", SCALE, "target_rms", "threshold", "code_normalization_id")
        .contains(name);
  }

  private static Dictionary autoencoder(Checkpoint checkpoint, LoadOptions options)
      throws IOException {
    StoredWeights weights = checkpoint.weights();
    int f = weights.size(ENCODER, 0, 2);
    int d = weights.size(ENCODER, 1, 2);
    Linear stored =
        new Linear(
            weights.floats(ENCODER, f, d),
            weights.floats("encoder.bias", f),
            weights.floats("decoder.weight", d, f).t().contiguous(),
            weights.floats("b_dec", d));
    float threshold = weights.floats("threshold").item_float();
    Optional<Normalisation> normalisation = Normalisation.of(weights, d);
    weights.requireNoOthers(CrosscoderForkFormat::known);
    Description description =
        new Description(checkpoint, "dictionary_learning_crosscoders", "BatchTopKSAE")
            .model("", options)
            .hook("", options);
    if (weights.has("k")) {
      description.averageK(weights.stored("k").item_double());
    }
    Linear linear = stored;
    if (normalisation.isPresent()) {
      description.folded("mean_and_scale");
      linear = folded(stored, normalisation.get());
    }
    Tensor thresholds = stored.encoderBias().mul(new Scalar(0)).add(new Scalar(threshold));
    return linear.autoencoder(
        description, new Sparsity.JumpRelu(), normalisation.isEmpty(), Optional.of(thresholds));
  }

  /** {@code ((x - m) s - b_dec) W + b} as {@code x (s W) + b'}, and the output brought back. */
  private static Linear folded(Linear stored, Normalisation normalisation) {
    Linear centred = stored.centred();
    Tensor encoder = centred.encoder().mul(new Scalar(normalisation.in));
    Scalar out = new Scalar(normalisation.out);
    return new Linear(
        encoder,
        centred.encoderBias().sub(encoder.mv(normalisation.mean)),
        centred.decoder().div(out),
        centred.decoderBias().div(out).add(normalisation.mean));
  }

  private static Dictionary crosscoder(Checkpoint checkpoint, LoadOptions options)
      throws IOException {
    StoredWeights weights = checkpoint.weights();
    int layers = weights.size(ENCODER, 0, 3);
    int d = weights.size(ENCODER, 1, 3);
    int f = weights.size(ENCODER, 2, 3);
    Tensor encoder = weights.floats(ENCODER, layers, d, f);
    Tensor encoderBias = weights.floats("encoder.bias", f);
    Tensor decoder = weights.floats("decoder.weight", layers, f, d);
    Tensor decoderBias = weights.floats("decoder.bias", layers, d);
    boolean thresholded = weights.has("threshold");
    Description description =
        new Description(
                checkpoint,
                "dictionary_learning_crosscoders",
                thresholded ? "BatchTopKCrossCoder" : "CrossCoder")
            .kind(Kind.CROSSCODER)
            .model("", options);
    Optional<Tensor> importance =
        thresholded ? importance(weights, description, decoder) : Optional.empty();
    if (weights.has("k")) {
      description.averageK(weights.stored("k").item_double());
    }
    boolean decoupled = importance.isPresent() && importance.get().dim() == 2;
    Selection selection = new Selection.Relu();
    if (thresholded) {
      selection =
          new Selection.Above(
              decoupled
                  ? weights.floats("threshold", layers).unsqueeze(1)
                  : weights.floats("threshold"));
    }
    Optional<Normalisation> normalisation = Normalisation.of(weights, layers, d);
    weights.requireNoOthers(CrosscoderForkFormat::known);
    if (normalisation.isPresent()) {
      Normalisation by = normalisation.get();
      description.folded("mean_and_scale");
      encoder = encoder.mul(new Scalar(by.in));
      encoderBias = encoderBias.sub(encoder.mul(by.mean.unsqueeze(2)).sum(0).sum(0));
      decoder = decoder.div(new Scalar(by.out));
      decoderBias = decoderBias.div(new Scalar(by.out)).add(by.mean);
    }
    long inputs = (long) layers * d;
    Encoding joint =
        new Encoding.Joint(
            encoder.reshape(inputs, f).t().contiguous(), encoderBias, Optional.empty());
    CoderParts parts =
        new CoderParts(
            joint,
            selection,
            decoupled
                ? new Decoding.PerSite(decoder, decoderBias)
                : new Decoding.Joint(
                    decoder.transpose(0, 1).reshape(f, inputs).contiguous(),
                    decoderBias.reshape(inputs)));
    List<Long> row = List.of((long) layers, (long) d);
    return new SparseCoder(
        description.facts(f, row, row, selection.key(), selection.active()),
        importance.isPresent() ? parts.weighted(importance.get()) : parts);
  }

  /** What latents are multiplied by before the threshold, of the decoder as it was trained. */
  private static Optional<Tensor> importance(
      StoredWeights weights, Description description, Tensor decoder) throws FormatException {
    Tensor squares = decoder.square().sum(2); // [layers, F]
    long id = weights.stored("code_normalization_id").item_long();
    return switch ((int) id) {
      case 1 -> Optional.of(squares.sqrt().sum(0));
      case 2 -> Optional.of(squares.sum(0).sqrt());
      case 4 -> Optional.empty();
      case 5 -> Optional.of(squares.sqrt());
      default ->
          throw new FormatException(
              description.file(),
              0,
              "code_normalization_id is "
                  + id
                  + ": read are 1 (CROSSCODER), 2 (SAE), 4 (NONE) and"
                  + " 5 (DECOUPLED)");
    };
  }
}
