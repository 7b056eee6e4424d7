package org.sememe.training;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.kernels.DecoderNorm;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeConfig;
import org.sememe.sae.SaeFiles;
import org.sememe.sae.Sparsity;
import org.sememe.sae.fold.Choice;
import org.sememe.sae.fold.DecoderNorms;
import org.sememe.sae.fold.FittedInput;
import org.sememe.sae.fold.TrainedWeights;
import org.sememe.tensors.TensorMemory;

/**
 * What a run ends with.
 *
 * @param run where it is saved
 * @param options the run's
 * @param state after the last step; stays the caller's
 */
record FoldedDictionary(TrainingRun run, TrainOptions options, TrainState state) {
  /** Writes {@link #fold}. */
  void save(double scale) throws IOException {
    try (PointerScope scope = new PointerScope();
        Sae folded = fold(scale)) {
      SaeFiles.save(folded, run.dictionary());
    }
  }

  /**
   * The dictionary for unscaled inputs, the caller's to close, with decoder rows of norm 1. With x
   * = s x_raw in training b_dec and b_enc are divided by s, and so are activations and thresholds;
   * free rows give their norms to the encoder. Gated becomes the JumpReLU that it equals.
   */
  Sae fold(double scale) {
    Provenance provenance = run.provenance();
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("model_sha256", provenance.modelSha256());
    metadata.put("text", provenance.text());
    metadata.put("text_sha256", provenance.textSha256());
    metadata.putAll(provenance.more());
    metadata.put("training_tokens", state.step() * options.batch());
    metadata.put("sememe_topk_threshold", state.threshold() < 0 ? null : state.threshold() / scale);
    metadata.put("sememe_options", options.toMap());
    SaeConfig config =
        new SaeConfig(
            state.width(),
            options.latents(),
            sparsity(),
            centred(),
            provenance.hook(),
            provenance.model(),
            1,
            metadata);
    DecoderNorms norms =
        options.decoderNorm() == DecoderNorm.FREE ? DecoderNorms.FOLDED : DecoderNorms.KEPT;
    return Sae.of(config, weights().fold(norms, new FittedInput.Scaled(Optional.empty(), scale)));
  }

  private boolean centred() {
    return options.centring() == Centring.DECODER_BIAS;
  }

  private TrainedWeights weights() {
    Tensor encoder = state.tensor(TrainState.W_ENC);
    Tensor bias = state.tensor(TrainState.B_ENC);
    Tensor decoder = state.tensor(TrainState.W_DEC);
    Tensor decoderBias = state.tensor(TrainState.B_DEC);
    if (options.architecture() == Architecture.GATED) {
      Tensor magnitudeBias = state.tensor(TrainState.B_MAG);
      Tensor logMagnitude = state.tensor(TrainState.R_MAG);
      return TrainedWeights.gated(
          encoder, bias, magnitudeBias, logMagnitude, decoder, decoderBias, centred());
    }
    Choice choice = options.architecture() == Architecture.TOPK ? Choice.COMPARED : Choice.EACH;
    return new TrainedWeights(encoder, bias, decoder, decoderBias, thresholds(), centred(), choice);
  }

  /** What takes the selection's place once there is no batch any more. */
  private Sparsity sparsity() {
    return switch (options.architecture()) {
      case TOPK -> new Sparsity.TopK(options.k());
      case RELU -> new Sparsity.Relu();
      case BATCHTOPK, JUMPRELU, GATED -> new Sparsity.JumpRelu();
    };
  }

  private Optional<Tensor> thresholds() {
    return switch (options.architecture()) {
      case TOPK, RELU, GATED -> Optional.empty();
      case BATCHTOPK ->
          Optional.of(
              TensorMemory.empty(ScalarType.Float, state.latents())
                  .fill_(new Scalar(Math.max(0, state.threshold()))));
      case JUMPRELU -> {
        Tensor parameters = state.tensor(TrainState.THRESHOLDS);
        yield Optional.of(
            options.thresholdForm() == ThresholdForm.LOG ? parameters.exp() : parameters.relu());
      }
    };
  }
}
