package org.sememe.sae.formats;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.sememe.sae.Sparsity;
import org.sememe.sae.StoredWeights;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.dictionary.Kind;
import org.sememe.sae.dictionary.Selection;
import org.sememe.tensors.JsonFields;

/**
 * Gemma Scope 1 ({@code params.npz}) and 2 ({@code params.safetensors}): JumpReLU, nothing
 * subtracted. Names tell model, layer and site where no configuration does; {@code
 * affine_skip_connection} is {@code [d_in, d_out]}.
 */
final class GemmaScopeFormat implements Format {
  private static final String SKIP = "affine_skip_connection";

  @Override
  public boolean recognises(Checkpoint checkpoint) {
    StoredWeights weights = checkpoint.weights();
    return weights.has("threshold", "b_enc", "b_dec")
        && (weights.has("w_enc", "w_dec") || weights.has("W_enc", "W_dec"));
  }

  @Override
  public Dictionary read(Checkpoint checkpoint, LoadOptions options) throws IOException {
    StoredWeights weights = checkpoint.weights();
    boolean lower = weights.has("w_enc");
    String encoder = lower ? "w_enc" : "W_enc";
    String decoder = lower ? "w_dec" : "W_dec";
    int d = weights.size(encoder, 0, 2);
    int f = weights.size(encoder, 1, 2);
    boolean crossLayer = weights.shape(decoder).size() == 3;
    Tensor rows =
        crossLayer
            ? weights
                .floats(decoder, f, weights.size(decoder, 1, 3), weights.size(decoder, 2, 3))
                .sum(1)
            : weights.floats(decoder, f, weights.size(decoder, 1, 2));
    long out = rows.size(1);
    Linear linear =
        new Linear(
            weights.floats(encoder, d, f).t().contiguous(),
            weights.floats("b_enc", f),
            rows,
            weights.floats("b_dec", out));
    Tensor thresholds = weights.floats("threshold", f);
    Optional<Tensor> skip =
        weights.has(SKIP) ? Optional.of(weights.floats(SKIP, d, out)) : Optional.empty();
    weights.requireNoOthers(name -> false);
    PathFacts path = new PathFacts(checkpoint);
    Optional<JsonFields> config = checkpoint.config("config.json");
    boolean second = checkpoint.file().getFileName().toString().endsWith(".safetensors");
    boolean transcodes = out != d || skip.isPresent() || crossLayer || saysTranscoder(path, config);
    Description description =
        new Description(
                checkpoint, second ? "gemma_scope_2" : "gemma_scope", name(transcodes, skip))
            .model(path.gemma().isEmpty() ? model(config) : path.gemma(), options);
    if (!transcodes) {
      description.hook(second ? secondHook(path, config) : path.gemma2Hook(), options);
      return autoencoder(
          path.isEmbedding() ? embedding(linear, d) : linear, description, thresholds);
    }
    String in =
        path.layer().isEmpty()
            ? text(config, "hf_hook_point_in")
            : path.hook(second ? "hook_mlp_in" : "ln2.hook_normalized");
    String target =
        path.layer().isEmpty() ? text(config, "hf_hook_point_out") : path.hook("hook_mlp_out");
    description
        .kind(Kind.TRANSCODER)
        .hooks(
            List.of(in.isEmpty() ? options.text(LoadOptions.HOOK).orElse("") : in),
            List.of(target));
    if (crossLayer) {
      description.note(
          "one layer of a cross-layer transcoder: its decoders are summed over the layers they"
              + " write to, so that only the latents mean anything alone");
    }
    return linear.coder(description, linear.parts(new Selection.Above(thresholds)).skipping(skip));
  }

  private static boolean saysTranscoder(PathFacts path, Optional<JsonFields> config) {
    return path.site().filter(s -> s.equals("transcoder") || s.equals("clt")).isPresent()
        || config
            .filter(
                c ->
                    c.has("hf_hook_point_out")
                        && !c.json()
                            .path("hf_hook_point_out")
                            .equals(c.json().path("hf_hook_point_in")))
            .isPresent();
  }

  private static String name(boolean transcodes, Optional<Tensor> skip) {
    return !transcodes
        ? "jumprelu"
        : skip.isPresent() ? "jumprelu_skip_transcoder" : "jumprelu_transcoder";
  }

  private static String text(Optional<JsonFields> config, String key) throws IOException {
    return config.isEmpty() ? "" : config.get().optionalText(key).orElse("");
  }

  private static String model(Optional<JsonFields> config) throws IOException {
    return text(config, "model_name").replaceFirst("^gemma-v3-", "google/gemma-3-");
  }

  private static String secondHook(PathFacts path, Optional<JsonFields> config) throws IOException {
    Optional<String> site = path.site();
    if (site.isPresent() && path.layer().isPresent()) {
      return path.hook("hook_" + site.get());
    }
    return text(config, "hf_hook_point_in");
  }

  private static Dictionary autoencoder(Linear linear, Description description, Tensor thresholds) {
    return linear.autoencoder(description, new Sparsity.JumpRelu(), false, Optional.of(thresholds));
  }

  /** The model multiplies embeddings by sqrt(d) after the hook point. */
  private static Linear embedding(Linear linear, int d) {
    Scalar root = new Scalar(Math.sqrt(d));
    return new Linear(
        linear.encoder().div(root),
        linear.encoderBias(),
        linear.decoder().mul(root),
        linear.decoderBias());
  }
}
