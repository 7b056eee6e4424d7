package org.sememe.sae;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.sememe.sae.fold.Choice;
import org.sememe.sae.fold.DecoderNorms;
import org.sememe.sae.fold.FittedInput;
import org.sememe.sae.fold.FoldedWeights;
import org.sememe.sae.fold.RowNormalisation;
import org.sememe.sae.fold.TrainedWeights;
import org.sememe.tensors.AtomicFile;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFile;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.safetensors.SafetensorsFile;
import org.sememe.tensors.safetensors.SafetensorsWriter;

/**
 * Dictionaries on disk: SAELens's layout, {@code cfg.json} beside {@code sae_weights.safetensors}.
 * Gated dictionaries, decoder norms in activations, and the scale or whitening matrix beside a
 * checkpoint in the midst of training are folded when read.
 */
public final class SaeFiles {
  private static final String CONFIG = "cfg.json";
  private static final String WEIGHTS = "sae_weights.safetensors";
  private static final String ENCODER = "W_enc";
  private static final String ENCODER_BIAS = "b_enc";
  private static final String DECODER = "W_dec";
  private static final String DECODER_BIAS = "b_dec";
  private static final String THRESHOLD = "threshold";
  private static final String LOG_THRESHOLD = "log_threshold"; // training checkpoints before 6.48
  private static final ObjectMapper JSON = new ObjectMapper();

  private SaeFiles() {}

  /**
   * Reads a dictionary; the caller closes it.
   *
   * @param folder the folder of both files
   * @throws FormatException if a file is damaged or of a kind not known
   */
  public static Sae load(Path folder) throws IOException {
    Path file = folder.resolve(CONFIG);
    JsonNode json = JsonFile.read(JSON, file);
    SaeConfig config = SaeLensConfig.read(file, json);
    try (PointerScope scope = new PointerScope();
        SafetensorsFile weights = SafetensorsFile.open(folder.resolve(WEIGHTS))) {
      if (config.sparsity() instanceof Sparsity.MatchingPursuit
          || config.sparsity() instanceof Sparsity.Omp) {
        return pursuit(config, weights);
      }
      Optional<FittedInput> scaler = SaeLensScaler.read(folder, config.width());
      boolean normed = json.path("rescale_acts_by_decoder_norm").asBoolean(false);
      if (scaler.isEmpty() && !normed && !SaeLensConfig.isGated(json)) {
        return plain(config, weights);
      }
      FittedInput input =
          scaler.orElseGet(
              () ->
                  config.rows() == RowNormalisation.NONE
                      ? FittedInput.scaled(1)
                      : new FittedInput.PerRow(config.rows()));
      TrainedWeights trained =
          SaeLensConfig.isGated(json) ? gated(config, weights) : trained(config, weights);
      FoldedWeights folded =
          trained.fold(normed ? DecoderNorms.IN_ACTIVATIONS : DecoderNorms.KEPT, input);
      return Sae.of(config, folded);
    }
  }

  private static Sae plain(SaeConfig config, SafetensorsFile weights) throws FormatException {
    return new Sae(
        config,
        encoder(config, weights),
        weight(weights, ENCODER_BIAS, config.latents()),
        weight(weights, DECODER, config.latents(), config.width()),
        weight(weights, DECODER_BIAS, config.width()),
        thresholds(config, weights));
  }

  private static TrainedWeights trained(SaeConfig config, SafetensorsFile weights)
      throws FormatException {
    return new TrainedWeights(
        encoder(config, weights),
        weight(weights, ENCODER_BIAS, config.latents()),
        weight(weights, DECODER, config.latents(), config.width()),
        weight(weights, DECODER_BIAS, config.width()),
        thresholds(config, weights),
        config.subtractDecoderBias(),
        config.sparsity().fixedK().isPresent() ? Choice.COMPARED : Choice.EACH);
  }

  private static TrainedWeights gated(SaeConfig config, SafetensorsFile weights)
      throws FormatException {
    long f = config.latents();
    return TrainedWeights.gated(
        encoder(config, weights),
        weight(weights, "b_gate", f),
        weight(weights, "b_mag", f),
        weight(weights, "r_mag", f),
        weight(weights, DECODER, f, config.width()),
        weight(weights, DECODER_BIAS, config.width()),
        config.subtractDecoderBias());
  }

  /** The decoder is the encoder too; b_dec counts only where it is subtracted. */
  private static Sae pursuit(SaeConfig config, SafetensorsFile weights) throws FormatException {
    Tensor decoder = weight(weights, DECODER, config.latents(), config.width());
    Tensor bias = weight(weights, DECODER_BIAS, config.width());
    return new Sae(
        config,
        decoder.detach(),
        TensorMemory.floats(new float[config.latents()], config.latents()),
        decoder,
        config.subtractDecoderBias()
            ? bias
            : TensorMemory.floats(new float[config.width()], config.width()),
        Optional.empty());
  }

  private static Tensor encoder(SaeConfig config, SafetensorsFile weights) throws FormatException {
    return weight(weights, ENCODER, config.width(), config.latents()).t().contiguous();
  }

  private static Optional<Tensor> thresholds(SaeConfig config, SafetensorsFile weights)
      throws FormatException {
    if (!(config.sparsity() instanceof Sparsity.JumpRelu)) {
      return Optional.empty();
    }
    if (!weights.names().contains(THRESHOLD) && weights.names().contains(LOG_THRESHOLD)) {
      return Optional.of(weight(weights, LOG_THRESHOLD, config.latents()).exp());
    }
    return Optional.of(weight(weights, THRESHOLD, config.latents()));
  }

  private static Tensor weight(SafetensorsFile file, String name, long... shape)
      throws FormatException {
    if (!file.names().contains(name)) {
      throw new FormatException(file.path(), 0, "no tensor \"" + name + "\" in it");
    }
    List<Long> wanted = Arrays.stream(shape).boxed().toList();
    if (!file.info(name).shape().equals(wanted) || !file.readable(name)) {
      throw new FormatException(
          file.path(),
          file.info(name).offset(),
          "tensor \"%s\" is %s %s, where cfg.json says %s"
              .formatted(name, file.info(name).type(), file.info(name).shape(), wanted));
    }
    return file.floats(name);
  }

  /** Writes a dictionary, each file whole or not at all. SAELens opens the folder as it is. */
  public static void save(Sae folded, Path folder) throws IOException {
    Files.createDirectories(folder);
    try (PointerScope scope = new PointerScope()) {
      SequencedMap<String, Tensor> weights = new LinkedHashMap<>();
      weights.put(DECODER_BIAS, folded.decoderBias());
      weights.put(DECODER, folded.decoder());
      Sparsity sparsity = folded.config().sparsity();
      if (!(sparsity instanceof Sparsity.MatchingPursuit || sparsity instanceof Sparsity.Omp)) {
        weights.put(ENCODER, folded.encoder().t().contiguous());
        weights.put(ENCODER_BIAS, folded.encoderBias());
      }
      folded.thresholds().ifPresent(thresholds -> weights.put(THRESHOLD, thresholds));
      SafetensorsWriter.write(folder.resolve(WEIGHTS), weights, Map.of());
    }
    // The configuration comes last: a folder with it is whole.
    AtomicFile.write(
        folder.resolve(CONFIG),
        out ->
            JSON.writerWithDefaultPrettyPrinter()
                .writeValue(out, SaeLensConfig.fields(folded.config())));
  }
}
