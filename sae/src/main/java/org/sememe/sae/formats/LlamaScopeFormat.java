package org.sememe.sae.formats;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.sememe.sae.Sparsity;
import org.sememe.sae.StoredWeights;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.dictionary.Kind;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFields;
import org.sememe.tensors.TensorMemory;

/**
 * Llama Scope ({@code hyperparams.json} above {@code checkpoints/final.safetensors}) and Llama
 * Scope R1 ({@code config.json}, without its scale). JumpReLU on inputs times a scale; the scalar
 * threshold of the first is of raw inputs.
 */
final class LlamaScopeFormat implements Format {
  private static final String FIRST = "../hyperparams.json";
  private static final String R1 = "config.json";
  private static final String LOG_THRESHOLD = "log_jumprelu_threshold";
  private static final String NORM = "dataset_average_activation_norm";

  @Override
  public boolean recognises(Checkpoint checkpoint) throws IOException {
    return checkpoint.weights().has("encoder.weight", "decoder.weight")
        && (checkpoint.weights().has(LOG_THRESHOLD)
            || checkpoint.config(FIRST).filter(c -> c.has("jump_relu_threshold")).isPresent());
  }

  @Override
  public Dictionary read(Checkpoint checkpoint, LoadOptions options) throws IOException {
    StoredWeights weights = checkpoint.weights();
    boolean r1 = weights.has(LOG_THRESHOLD);
    Optional<JsonFields> config = checkpoint.config(r1 ? R1 : FIRST);
    int f = weights.size("encoder.weight", 0, 2);
    int d = weights.size("encoder.weight", 1, 2);
    double scale = scale(checkpoint, config, options, d);
    Linear linear =
        new Linear(
                weights.floats("encoder.weight", f, d),
                weights.floats("encoder.bias", f),
                weights.floats("decoder.weight", d, f).t().contiguous(),
                weights.floats("decoder.bias", d))
            .unscaled(scale, scale);
    Tensor thresholds =
        r1
            ? weights.floats(LOG_THRESHOLD, f).exp()
            : TensorMemory.floats(new float[f], f)
                .add(new Scalar(config.orElseThrow().number("jump_relu_threshold") * scale));
    weights.requireNoOthers(name -> false);
    String hook = text(config, "hook_point_in").orElse("");
    String out = text(config, "hook_point_out").orElse(hook);
    String model = checkpoint.inPath(PathFacts.LLAMA).isPresent() ? "meta-llama/Llama-3.1-8B" : "";
    Description description =
        new Description(checkpoint, "llama_scope", "jumprelu")
            .model(text(config, "model_name").orElse(model), options)
            .hooks(List.of(hook), List.of(out))
            .folded("dataset-wise");
    if (!hook.equals(out)) {
      description.kind(Kind.TRANSCODER);
    }
    return linear.autoencoder(description, new Sparsity.JumpRelu(), false, Optional.of(thresholds));
  }

  private static Optional<String> text(Optional<JsonFields> config, String key)
      throws FormatException {
    return config.isEmpty() ? Optional.empty() : config.get().optionalText(key);
  }

  private static double scale(
      Checkpoint checkpoint, Optional<JsonFields> config, LoadOptions options, int width)
      throws IOException {
    if (config.isPresent() && config.get().object(NORM).has("in")) {
      return Math.sqrt(width) / config.get().object(NORM).positive("in");
    }
    OptionalDouble given =
        options
            .number(LoadOptions.NORM_SCALING_FACTOR)
            .map(OptionalDouble::of)
            .orElse(OptionalDouble.empty());
    if (given.isEmpty()) {
      throw new MissingFactException(
          checkpoint.file(),
          LoadOptions.NORM_SCALING_FACTOR,
          "the release keeps it in a registry (sqrt(d) over the average norm of the inputs)");
    }
    return given.getAsDouble();
  }
}
