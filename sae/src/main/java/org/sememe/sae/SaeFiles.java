package org.sememe.sae;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.sememe.sae.fold.Choice;
import org.sememe.sae.fold.DecoderNorms;
import org.sememe.sae.fold.FittedInput;
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
    JsonNode json = SaeLensLegacy.upgraded(file, JsonFile.read(JSON, file));
    SaeConfig config = SaeLensConfig.read(file, json);
    try (PointerScope scope = new PointerScope();
        SafetensorsFile tensors = SafetensorsFile.open(folder.resolve(WEIGHTS))) {
      StoredWeights weights = new StoredWeights(tensors);
      Optional<FittedInput> scaler = SaeLensScaler.read(folder, config.width());
      boolean normed = json.path("rescale_acts_by_decoder_norm").asBoolean(false);
      Sae sae =
          config.sparsity() instanceof Sparsity.MatchingPursuit
                  || config.sparsity() instanceof Sparsity.Omp
              ? pursuit(config, weights)
              : scaler.isEmpty() && !normed && !SaeLensConfig.isGated(json)
                  ? plain(config, weights)
                  : folded(config, weights, SaeLensConfig.isGated(json), normed, scaler);
      try {
        SaeLensLegacy.checkScalingFactor(folder.resolve(WEIGHTS), weights, config.latents());
        weights.requireNoOthers(name -> false);
      } catch (FormatException e) {
        sae.close();
        throw e;
      }
      return sae;
    }
  }

  private static Sae folded(
      SaeConfig config,
      StoredWeights weights,
      boolean gated,
      boolean normed,
      Optional<FittedInput> scaler)
      throws FormatException {
    TrainedWeights trained = gated ? gated(config, weights) : trained(config, weights);
    DecoderNorms norms = normed ? DecoderNorms.IN_ACTIVATIONS : DecoderNorms.KEPT;
    if (scaler.isPresent() && scaler.get() instanceof FittedInput.Scaled(_, double scale)) {
      // As SAELens folds: activations keep their values.
      return Sae.of(config, trained.foldKeepingActivations(norms, scale, scale));
    }
    FittedInput rows =
        config.rows() == RowNormalisation.NONE
            ? FittedInput.none()
            : new FittedInput.PerRow(config.rows());
    return Sae.of(config, trained.fold(norms, scaler.orElse(rows)));
  }

  private static Sae plain(SaeConfig config, StoredWeights weights) throws FormatException {
    return new Sae(
        config,
        encoder(config, weights),
        weights.floats(ENCODER_BIAS, config.latents()),
        weights.floats(DECODER, config.latents(), config.width()),
        weights.floats(DECODER_BIAS, config.width()),
        thresholds(config, weights));
  }

  private static TrainedWeights trained(SaeConfig config, StoredWeights weights)
      throws FormatException {
    return new TrainedWeights(
        encoder(config, weights),
        weights.floats(ENCODER_BIAS, config.latents()),
        weights.floats(DECODER, config.latents(), config.width()),
        weights.floats(DECODER_BIAS, config.width()),
        thresholds(config, weights),
        config.subtractDecoderBias(),
        config.sparsity().fixedK().isPresent() ? Choice.COMPARED : Choice.EACH);
  }

  private static TrainedWeights gated(SaeConfig config, StoredWeights weights)
      throws FormatException {
    long f = config.latents();
    return TrainedWeights.gated(
        encoder(config, weights),
        weights.floats("b_gate", f),
        weights.floats("b_mag", f),
        weights.floats("r_mag", f),
        weights.floats(DECODER, f, config.width()),
        weights.floats(DECODER_BIAS, config.width()),
        config.subtractDecoderBias());
  }

  /** The decoder is the encoder too; b_dec counts only where it is subtracted. */
  private static Sae pursuit(SaeConfig config, StoredWeights weights) throws FormatException {
    Tensor decoder = weights.floats(DECODER, config.latents(), config.width());
    Tensor bias = weights.floats(DECODER_BIAS, config.width());
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

  private static Tensor encoder(SaeConfig config, StoredWeights weights) throws FormatException {
    return weights.floats(ENCODER, config.width(), config.latents()).t().contiguous();
  }

  private static Optional<Tensor> thresholds(SaeConfig config, StoredWeights weights)
      throws FormatException {
    if (!(config.sparsity() instanceof Sparsity.JumpRelu)) {
      return Optional.empty();
    }
    if (!weights.has(THRESHOLD) && weights.has(LOG_THRESHOLD)) {
      return Optional.of(weights.floats(LOG_THRESHOLD, config.latents()).exp());
    }
    return Optional.of(weights.floats(THRESHOLD, config.latents()));
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
