package org.sememe.sae.formats;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.sememe.sae.Sparsity;
import org.sememe.sae.StoredWeights;
import org.sememe.sae.dictionary.CoderParts;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.dictionary.Encoding;
import org.sememe.sae.dictionary.Kind;
import org.sememe.sae.dictionary.Selection;
import org.sememe.sae.fold.RowNormalisation;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFields;
import org.sememe.tensors.TensorMemory;

/**
 * OpenMOSS Llamascopium: {@code config.json} beside {@code sae_weights.safetensors} or {@code
 * sae_weights.pt}. Nothing is subtracted from the input; latents are of the normalised inputs.
 */
final class LlamascopiumFormat implements Format {
  private static final String CONFIG = "config.json";
  private static final String THRESHOLD = "activation_function.log_jumprelu_threshold";
  private static final String NORM = "dataset_average_activation_norm.";

  @Override
  public boolean recognises(Checkpoint checkpoint) throws IOException {
    return checkpoint.weights().has("W_E", "b_E")
        && checkpoint
            .config(CONFIG)
            .filter(config -> config.has("sae_type") && config.has("d_model"))
            .isPresent();
  }

  @Override
  public Dictionary read(Checkpoint checkpoint, LoadOptions options) throws IOException {
    JsonFields config = checkpoint.config(CONFIG).orElseThrow();
    Setting setting = Setting.of(config);
    String type = config.text("sae_type");
    Description description =
        new Description(checkpoint, "llamascopium", setting.activation)
            .model(config.optionalText("model_name").orElse(""), options);
    if (setting.rows() == RowNormalisation.NONE) {
      description.folded(setting.normalisation);
    } else {
      description.perRow(setting.normalisation);
    }
    return switch (type) {
      case "sae" -> single(checkpoint.weights(), config, setting, description);
      case "crosscoder", "clt" ->
          LlamascopiumSites.read(checkpoint.weights(), config, setting, description);
      default -> throw config.wrong("sae_type", "sae, crosscoder or clt but " + type);
    };
  }

  /**
   * What one configuration says of any kind.
   *
   * @param normed whether scores are weighted by decoder norms while latents are selected
   */
  record Setting(
      JsonFields config, int width, String activation, boolean normed, String normalisation) {
    private static Setting of(JsonFields config) throws FormatException {
      return new Setting(
          config,
          config.count("d_model"),
          config.text("act_fn"),
          config.flag("sparsity_include_decoder_norm", true),
          config.text("norm_activation"));
    }

    RowNormalisation rows() throws FormatException {
      return switch (normalisation) {
        case "dataset-wise", "inference" -> RowNormalisation.NONE;
        case "token-wise" -> RowNormalisation.CONSTANT_NORM;
        default ->
            throw config.wrong(
                "norm_activation",
                "dataset-wise, token-wise or inference but "
                    + normalisation
                    + ", which no single row can be normalised by");
      };
    }

    /** What activations of a hook point were multiplied by. */
    double scale(StoredWeights weights, String hook) throws FormatException {
      String name = NORM + hook;
      if (!normalisation.equals("dataset-wise")) {
        return 1;
      }
      return Math.sqrt(width) / weights.floats(name).item_double();
    }

    /** The selection, of scores that are weighted by decoder norms or not. */
    Selection selection(StoredWeights weights, Description description, int latents, long... shape)
        throws FormatException {
      return switch (activation) {
        case "relu" -> new Selection.Relu();
        case "jumprelu" -> new Selection.Above(weights.floats(THRESHOLD, shape).exp());
        case "topk" -> new Selection.TopK(k(description, latents), false);
        case "batchtopk" -> new Selection.BatchTopK(k(description, latents), false);
        default ->
            throw config.wrong("act_fn", "relu, jumprelu, topk or batchtopk but " + activation);
      };
    }

    int k(Description description, int latents) throws FormatException {
      return description.atMost(config.count("top_k"), latents);
    }

    /** Refuses tensors that nobody read but those of norms that are not used. */
    void requireNoOthers(StoredWeights weights) throws FormatException {
      weights.requireNoOthers(name -> name.startsWith(NORM));
    }
  }

  private static Dictionary single(
      StoredWeights weights, JsonFields config, Setting setting, Description description)
      throws FormatException {
    int d = setting.width;
    int f = weights.size("W_E", 1, 2);
    String in = config.text("hook_point_in");
    String out = config.text("hook_point_out");
    boolean transcoder = !in.equals(out);
    description
        .kind(transcoder ? Kind.TRANSCODER : Kind.AUTOENCODER)
        .hooks(List.of(in), List.of(out));
    if (transcoder && setting.rows() != RowNormalisation.NONE) {
      throw config.wrong(
          "norm_activation", "of use for a transcoder: its outputs' norms are not known");
    }
    double scaleIn = setting.scale(weights, in);
    double scaleOut = setting.scale(weights, out);
    Linear stored =
        new Linear(
            weights.floats("W_E", d, f).t().contiguous(),
            weights.floats("b_E", f),
            weights.floats("W_D", f, d),
            config.flag("use_decoder_bias", true)
                ? weights.floats("b_D", d)
                : TensorMemory.floats(new float[d], d));
    Tensor norms = stored.decoder().square().sum(1).sqrt();
    Linear linear = stored.unscaled(scaleIn, scaleOut);
    Selection selection = setting.selection(weights, description, f, f);
    boolean glu = config.flag("use_glu_encoder", false);
    Optional<Encoding.Joint> gate =
        glu ? Optional.of(gate(weights, d, f, scaleIn)) : Optional.empty();
    setting.requireNoOthers(weights);
    Optional<Dictionary> plain =
        transcoder || glu
            ? Optional.empty()
            : autoencoder(linear, selection, setting, norms, description);
    if (plain.isPresent()) {
      return plain.get();
    }
    CoderParts parts = linear.parts(selection);
    CoderParts gated =
        new CoderParts(
            new Encoding.Joint(linear.encoder(), linear.encoderBias(), gate),
            selection,
            parts.decoding());
    CoderParts whole = gated.normalised(setting.rows(), true);
    return linear.coder(description, setting.normed ? whole.weighted(norms) : whole);
  }

  private static Encoding.Joint gate(StoredWeights weights, int d, int f, double scale)
      throws FormatException {
    return new Encoding.Joint(
        weights.floats("W_E_glu", d, f).t().mul(new Scalar(scale)).contiguous(),
        weights.floats("b_E_glu", f),
        Optional.empty());
  }

  /** Where each latent decides alone, its norm moves into its threshold. */
  private static Optional<Dictionary> autoencoder(
      Linear linear, Selection selection, Setting setting, Tensor norms, Description description)
      throws FormatException {
    return switch (selection) {
      case Selection.Relu _ ->
          Optional.of(
              linear.autoencoder(
                  description, new Sparsity.Relu(), false, Optional.empty(), setting.rows()));
      case Selection.Above(Tensor thresholds) ->
          Optional.of(
              linear.autoencoder(
                  description,
                  new Sparsity.JumpRelu(),
                  false,
                  Optional.of(setting.normed ? thresholds.div(norms) : thresholds),
                  setting.rows()));
      case Selection.TopK(int k, boolean _) when !setting.normed ->
          Optional.of(
              linear.autoencoder(
                  description, new Sparsity.TopK(k), false, Optional.empty(), setting.rows()));
      default -> Optional.empty();
    };
  }

  /** The texts of a list in a configuration. */
  static List<String> texts(JsonFields config, String key) throws FormatException {
    List<String> texts = new ArrayList<>();
    config.json().path(key).forEach(node -> texts.add(node.asText()));
    if (texts.isEmpty()) {
      throw config.wrong(key, "a list of hook points");
    }
    return texts;
  }
}
