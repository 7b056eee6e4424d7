package org.sememe.training;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.kernels.DecoderNorm;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeConfig;
import org.sememe.sae.SaeFiles;
import org.sememe.sae.Sparsity;
import org.sememe.sae.dictionary.DictionaryFacts;
import org.sememe.sae.dictionary.Kind;
import org.sememe.sae.dictionary.Sites;
import org.sememe.sae.dictionary.SparseCoder;
import org.sememe.sae.dictionary.TemporalCoder;
import org.sememe.sae.fold.Choice;
import org.sememe.sae.fold.DecoderNorms;
import org.sememe.sae.fold.FittedInput;
import org.sememe.sae.fold.TrainedWeights;
import org.sememe.sae.formats.export.CoderFiles;
import org.sememe.sae.formats.export.TemporalFiles;
import org.sememe.sae.objective.Objective;
import org.sememe.sae.objective.ParameterNames;
import org.sememe.tensors.TensorMemory;

/**
 * What a run ends with.
 *
 * @param run where it is saved
 * @param options the run's
 * @param state after the last step; stays the caller's
 */
record FoldedDictionary(TrainingRun run, TrainOptions options, TrainState state) {
  /** Writes {@link #fold}, or where no matrix can be the encoder what {@link FoldedCoder} makes. */
  void save(FittedInput input) throws IOException {
    if (options.temporal().wanted()) {
      try (PointerScope scope = new PointerScope()) {
        saveTemporal(input);
      }
      return;
    }
    if (options.beyond().isEmpty()) {
      try (PointerScope scope = new PointerScope();
          Sae folded = fold(input)) {
        SaeFiles.save(folded, run.dictionary());
      }
      return;
    }
    try (PointerScope scope = new PointerScope();
        SparseCoder coder = new FoldedCoder(this, input).fold()) {
      double unit = new FoldedCoder(this, input).unit();
      Map<String, Object> metadata = metadata(unit);
      metadata.put("sememe_is_folded", true);
      metadata.put("sememe_input_scale", input instanceof FittedInput.Parts p ? p.scales() : unit);
      CoderFiles.save(coder, metadata, run.dictionary());
    }
  }

  /** For unscaled inputs, as a temporal dictionary keeps their scale. */
  private void saveTemporal(FittedInput input) throws IOException {
    double scale = input instanceof FittedInput.Scaled scaled ? scaled.scale() : 1;
    TemporalCoder.Weights weights = new TemporalWeights(options).of(state.finished(), scale);
    Provenance provenance = run.provenance();
    Sites site = new Sites(provenance.hooks().all(), List.of((long) state.width()));
    DictionaryFacts facts =
        new DictionaryFacts(
            "sememe",
            "temporal",
            Kind.TEMPORAL,
            provenance.model(),
            site,
            site,
            options.latents(),
            weights.novel().key(),
            weights.novel().active(),
            "none",
            true,
            List.of(),
            List.of());
    Map<String, Object> metadata = metadata(1);
    metadata.put("sememe_input_scale", scale);
    TemporalFiles.save(facts, weights, metadata, run.dictionary());
  }

  /** What is kept beside the weights. */
  private Map<String, Object> metadata(double scale) {
    Provenance provenance = run.provenance();
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("model_sha256", provenance.modelSha256());
    metadata.put("text", provenance.text());
    metadata.put("text_sha256", provenance.textSha256());
    metadata.putAll(provenance.more());
    metadata.put("training_tokens", state.step() * options.batch());
    metadata.put("sememe_topk_threshold", state.threshold() < 0 ? null : state.threshold() / scale);
    metadata.put("sememe_options", options.toMap());
    return metadata;
  }

  /**
   * The dictionary for unscaled inputs, the caller's to close, with decoder rows of norm 1. With x
   * = s x_raw in training b_dec and b_enc are divided by s, and so are activations and thresholds;
   * free rows give their norms to the encoder. Gated becomes the JumpReLU that it equals.
   */
  Sae fold(FittedInput input) {
    double scale = input instanceof FittedInput.Scaled scaled ? scaled.scale() : 1;
    Provenance provenance = run.provenance();
    SaeConfig config =
        new SaeConfig(
            state.width(),
            options.latents(),
            sparsity(scale),
            centred(),
            provenance.hook(),
            provenance.model(),
            1,
            metadata(scale));
    return Sae.of(config, weights().fold(norms(), input));
  }

  /** Latents that are compared were so by their parts of the output, where rows are free. */
  DecoderNorms norms() {
    if (options.rowNorms() == DecoderNorm.UNIT) {
      return DecoderNorms.KEPT;
    }
    return options.architecture().selects() ? DecoderNorms.IN_ACTIVATIONS : DecoderNorms.FOLDED;
  }

  /** The decoder's rows {@code [F, d]}, whatever they are made of, of {@code weights}. */
  Tensor decoder(Map<String, Tensor> weights) {
    return Objective.decoder(state.design().at(state.step()), weights);
  }

  private boolean centred() {
    return options.centred();
  }

  private TrainedWeights weights() {
    return weights(state.finished());
  }

  /** Those of a dense encoder. */
  TrainedWeights weights(Map<String, Tensor> weights) {
    Tensor encoder = weights.get(TrainState.W_ENC);
    Tensor bias = weights.get(TrainState.B_ENC);
    Tensor decoder = decoder(weights);
    Tensor decoderBias = weights.get(TrainState.B_DEC);
    if (options.architecture().pursues()) { // the decoder is the encoder
      return new TrainedWeights(
          decoder,
          torch.zeros_like(bias),
          decoder,
          decoderBias,
          Optional.empty(),
          centred(),
          Choice.PURSUIT);
    }
    if (options.architecture() == Architecture.GATED) {
      Tensor magnitudeBias = weights.get(TrainState.B_MAG);
      Tensor logMagnitude = weights.get(TrainState.R_MAG);
      return TrainedWeights.gated(
          encoder, bias, magnitudeBias, logMagnitude, decoder, decoderBias, centred());
    }
    Choice choice = options.architecture().compares() ? Choice.COMPARED : Choice.EACH;
    return new TrainedWeights(
        encoder, bias, decoder, decoderBias, thresholds(weights), centred(), choice);
  }

  /** What takes the selection's place once there is no batch any more. */
  private Sparsity sparsity(double scale) {
    return switch (options.architecture()) {
      case TOPK -> new Sparsity.TopK(options.k());
      case ABSTOPK -> new Sparsity.AbsTopK(options.k());
      case GROUPMAX -> new Sparsity.GroupMax(options.k());
      case OMP -> new Sparsity.Omp(options.k(), 0);
      case MATCHING_PURSUIT ->
          new Sparsity.MatchingPursuit(options.k(), 0, RunDesign.STOPS_ON_REPEAT);
      case RELU -> new Sparsity.Relu();
      case OWN -> new Sparsity.Own(options.own().orElseThrow(), scale);
      case BATCHTOPK, JUMPRELU, GATED -> new Sparsity.JumpRelu();
    };
  }

  Optional<Tensor> thresholds(Map<String, Tensor> weights) {
    return switch (options.architecture()) {
      case TOPK, ABSTOPK, GROUPMAX, MATCHING_PURSUIT, OMP, RELU, GATED, OWN -> Optional.empty();
      case BATCHTOPK ->
          Optional.of(
              TensorMemory.empty(ScalarType.Float, state.latents())
                  .fill_(new Scalar(Math.max(0, state.threshold()))));
      case JUMPRELU -> {
        yield Optional.of(
            options.thresholdForm() == ThresholdForm.LOG
                ? weights.get(ParameterNames.LOG_THRESHOLD).exp()
                : weights.get(ParameterNames.THRESHOLD).relu());
      }
    };
  }
}
