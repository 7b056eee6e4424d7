package org.sememe.sae.formats;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sememe.sae.Sparsity;
import org.sememe.sae.StoredWeights;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.dictionary.Selection;
import org.sememe.sae.fold.RowNormalisation;
import org.sememe.tensors.FormatException;

/**
 * openai/sparse_autoencoder: one file a layer. Inputs are layer-normed exactly when the activation
 * is TopK; {@code postact_fn} Identity keeps values below 0.
 */
final class OpenAiFormat implements Format {
  private static final Pattern PLACE =
      Pattern.compile(
          "(mlp_post_act|resid_delta_attn|resid_delta_mlp|resid_post_attn|resid_post_mlp)\\w*"
              + "/autoencoders/(\\d+)\\.pt$");
  private static final Map<String, String> HOOKS =
      Map.of(
          "mlp_post_act", "mlp.hook_post",
          "resid_delta_attn", "hook_attn_out",
          "resid_delta_mlp", "hook_mlp_out",
          "resid_post_attn", "hook_resid_mid",
          "resid_post_mlp", "hook_resid_post");

  @Override
  public boolean recognises(Checkpoint checkpoint) {
    return checkpoint.weights().has("pre_bias", "latent_bias", "encoder.weight", "decoder.weight");
  }

  @Override
  public Dictionary read(Checkpoint checkpoint, LoadOptions options) throws IOException {
    StoredWeights weights = checkpoint.weights();
    int f = weights.size("encoder.weight", 0, 2);
    int d = weights.size("encoder.weight", 1, 2);
    Linear linear =
        new Linear(
            weights.floats("encoder.weight", f, d),
            weights.floats("latent_bias", f),
            weights.floats("decoder.weight", d, f).t().contiguous(),
            weights.floats("pre_bias", d));
    weights.requireNoOthers(name -> name.startsWith("stats_") || name.startsWith("latents_"));
    String activation = String.valueOf(checkpoint.value("activation").orElse("ReLU"));
    Optional<Matcher> place = checkpoint.inPath(PLACE);
    Description description =
        new Description(checkpoint, "openai", activation)
            .model(place.isPresent() ? "gpt2-small" : "", options)
            .hook(
                place.map(m -> "blocks." + m.group(2) + "." + HOOKS.get(m.group(1))).orElse(""),
                options);
    return switch (activation) {
      case "ReLU" -> linear.autoencoder(description, new Sparsity.Relu(), true, Optional.empty());
      case "Identity" -> {
        Linear centred = linear.centred();
        yield centred.coder(description, centred.parts(new Selection.All()));
      }
      case "TopK" -> topK(checkpoint, description.perRow("layer_norm"), linear);
      default ->
          throw new FormatException(
              checkpoint.file(),
              0,
              "activation is " + activation + ": read are ReLU, TopK and Identity");
    };
  }

  private static Dictionary topK(Checkpoint checkpoint, Description description, Linear linear)
      throws IOException {
    Object k = state(checkpoint, "k").orElse(0);
    if (!(k instanceof Number number)) {
      throw new FormatException(checkpoint.file(), 0, "\"k\" is not a number");
    }
    int active = description.atMost(number.intValue(), linear.latents());
    String after = String.valueOf(state(checkpoint, "postact_fn").orElse("ReLU"));
    return switch (after) {
      case "ReLU" ->
          linear.autoencoder(
              description,
              new Sparsity.TopK(active),
              true,
              Optional.empty(),
              RowNormalisation.LAYER_NORM);
      case "Identity" -> {
        Linear centred = linear.centred();
        yield centred.coder(
            description,
            centred
                .parts(new Selection.TopK(active, true))
                .normalised(RowNormalisation.LAYER_NORM, true));
      }
      default ->
          throw new FormatException(
              checkpoint.file(), 0, "postact_fn is " + after + ": read are ReLU and Identity");
    };
  }

  private static Optional<Object> state(Checkpoint checkpoint, String name) {
    return checkpoint
        .value("activation_state_dict." + name)
        .or(() -> checkpoint.value("activation." + name));
  }
}
