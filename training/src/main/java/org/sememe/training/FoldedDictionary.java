package org.sememe.training;

import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeConfig;
import org.sememe.sae.SaeFiles;
import org.sememe.sae.Sparsity;
import org.sememe.tensors.TensorMemory;

/**
 * What a run ends with.
 *
 * @param run where it is saved
 * @param options the run's
 * @param state after the last step; stays the caller's
 */
record FoldedDictionary(TrainingRun run, TrainOptions options, TrainState state) {
  /**
   * Writes the dictionary for unscaled inputs. With x = s x_raw in training: b_dec and b_enc are
   * divided by s, and so are the activations; the matrices stay, and decoder rows keep norm 1.
   */
  void save(double scale) throws IOException {
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
            true,
            provenance.hook(),
            provenance.model(),
            scale,
            metadata);
    try (PointerScope scope = new PointerScope()) {
      Scalar s = new Scalar(scale);
      try (Sae folded =
          new Sae(
              config,
              state.tensor(TrainState.W_ENC).clone(),
              state.tensor(TrainState.B_ENC).div(s),
              state.tensor(TrainState.W_DEC).clone(),
              state.tensor(TrainState.B_DEC).div(s),
              thresholds(scale))) {
        SaeFiles.save(folded, run.dictionary());
      }
    }
  }

  /** What takes the selection's place once there is no batch any more. */
  private Sparsity sparsity() {
    return switch (options.architecture()) {
      case TOPK -> new Sparsity.TopK(options.k());
      case BATCHTOPK -> new Sparsity.JumpRelu();
    };
  }

  private Optional<Tensor> thresholds(double scale) {
    if (options.architecture() == Architecture.TOPK) {
      return Optional.empty();
    }
    float[] all = new float[options.latents()];
    Arrays.fill(all, (float) (Math.max(0, state.threshold()) / scale));
    return Optional.of(TensorMemory.floats(all, all.length));
  }
}
