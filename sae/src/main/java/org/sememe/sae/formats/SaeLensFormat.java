package org.sememe.sae.formats;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeFiles;
import org.sememe.sae.SaeLensScaler;
import org.sememe.sae.StoredWeights;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.dictionary.Kind;
import org.sememe.sae.dictionary.SaeDictionary;
import org.sememe.sae.dictionary.Selection;
import org.sememe.sae.fold.Choice;
import org.sememe.sae.fold.DecoderNorms;
import org.sememe.sae.fold.FittedInput;
import org.sememe.sae.fold.RowNormalisation;
import org.sememe.sae.fold.TrainedWeights;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFields;

/**
 * SAELens, of all versions, and our own folders: {@code cfg.json} beside {@code
 * sae_weights.safetensors}.
 */
final class SaeLensFormat implements Format {
  private static final String CONFIG = "cfg.json";
  private static final String WEIGHTS = "sae_weights.safetensors";
  private static final String NORMALISATION = "normalize_activations";
  private static final String NONE = "none";
  private static final Map<String, RowNormalisation> ROWS =
      Map.of(
          NONE,
          RowNormalisation.NONE,
          "layer_norm",
          RowNormalisation.LAYER_NORM,
          "constant_norm_rescale",
          RowNormalisation.CONSTANT_NORM);

  @Override
  public boolean recognises(Checkpoint checkpoint) throws IOException {
    return checkpoint.file().getFileName().toString().equals(WEIGHTS)
        && checkpoint.config(CONFIG).filter(config -> config.has("d_sae")).isPresent();
  }

  @Override
  public Dictionary read(Checkpoint checkpoint, LoadOptions options) throws IOException {
    JsonFields config = checkpoint.config(CONFIG).orElseThrow();
    String architecture = architecture(config);
    Description description = describe(checkpoint, config, architecture, options);
    return switch (architecture) {
      case "transcoder", "skip_transcoder", "jumprelu_transcoder", "jumprelu_skip_transcoder" ->
          transcoder(checkpoint.weights(), config, architecture, description);
      case "batchtopk", "matryoshka_batchtopk" -> batchTopK(checkpoint, config, description);
      case "temporal" ->
          TemporalNames.SAELENS.read(
              checkpoint.weights(),
              description.kind(Kind.TEMPORAL).folded("constant_scalar_rescale"),
              new TemporalNames.Shape(
                  config.count("n_heads"),
                  config.count("n_attn_layers"),
                  config.text("sae_diff_type"),
                  config.has("kval_topk") ? config.count("kval_topk") : 0,
                  config.flag("tied_weights", true),
                  config.positive("activation_normalization_factor")));
      default -> {
        Sae sae = SaeFiles.load(checkpoint.folder());
        yield new SaeDictionary(description.facts(sae.config()), sae);
      }
    };
  }

  /** Before version 6 the activation function could make a standard dictionary topk. */
  private static String architecture(JsonFields config) throws FormatException {
    Optional<String> activation = config.optionalText("activation_fn");
    if (activation.isEmpty()) {
      activation = config.optionalText("activation_fn_str");
    }
    return activation.filter("topk"::equals).isPresent()
        ? "topk"
        : config.optionalText("architecture").orElse("standard");
  }

  private static Description describe(
      Checkpoint checkpoint, JsonFields config, String architecture, LoadOptions options)
      throws IOException {
    JsonFields metadata = config.object("metadata");
    String hook = named(metadata, config, "hook_name").orElse("");
    if (hook.isEmpty()) {
      hook = config.optionalText("hook_point").orElse("");
    }
    boolean own = metadata.has("sememe_is_folded");
    Description description =
        new Description(checkpoint, own ? "sememe" : "saelens", architecture)
            .model(named(metadata, config, "model_name").orElse(""), options)
            .hook(hook, options);
    String normalisation =
        config.json().path(NORMALISATION).isBoolean()
            ? config.flag(NORMALISATION, false) ? "expected_average_only_in" : NONE
            : config.optionalText(NORMALISATION).orElse(NONE);
    if (ROWS.getOrDefault(normalisation, RowNormalisation.NONE) != RowNormalisation.NONE) {
      return description.perRow(normalisation);
    }
    description.folded(normalisation);
    Optional<JsonFields> scaler = checkpoint.config("activation_scaler.json");
    boolean scaled =
        scaler.isPresent()
            && (scaler.get().has("scaling_factor") || scaler.get().flag("has_whitening", false));
    if (scaled) {
      return description.note("a training checkpoint: its scale or whitening was folded in");
    }
    return normalisation.equals("expected_average_only_in")
            || normalisation.equals("covariance_whitening")
        ? description.note(
            "normalize_activations is "
                + normalisation
                + ", with nothing to apply in the folder:"
                + " taken as folded")
        : description;
  }

  private static Optional<String> named(JsonFields metadata, JsonFields config, String key)
      throws FormatException {
    Optional<String> inner = metadata.optionalText(key);
    return inner.isPresent() ? inner : config.optionalText(key);
  }

  private static Dictionary transcoder(
      StoredWeights weights, JsonFields config, String architecture, Description description)
      throws IOException {
    int d = config.count("d_in");
    int f = config.count("d_sae");
    int out = config.count("d_out");
    Linear linear =
        new Linear(
            weights.floats("W_enc", d, f).t().contiguous(),
            weights.floats("b_enc", f),
            weights.floats("W_dec", f, out),
            weights.floats("b_dec", out));
    Selection selection =
        architecture.startsWith("jumprelu")
            ? new Selection.Above(weights.floats("threshold", f))
            : new Selection.Relu();
    Optional<Tensor> skip =
        architecture.contains("skip")
            ? Optional.of(weights.floats("W_skip", out, d).t().contiguous())
            : Optional.empty();
    weights.requireNoOthers(name -> false);
    description
        .kind(Kind.TRANSCODER)
        .hooks(
            List.of(description.hook()),
            List.of(config.object("metadata").optionalText("hook_name_out").orElse("")));
    return linear.coder(
        description, linear.parts(selection).normalised(rows(config), false).skipping(skip));
  }

  private static RowNormalisation rows(JsonFields config) throws FormatException {
    return ROWS.getOrDefault(
        config.optionalText(NORMALISATION).orElse(NONE), RowNormalisation.NONE);
  }

  /** In the midst of training; what is saved for use is of architecture jumprelu. */
  private static Dictionary batchTopK(
      Checkpoint checkpoint, JsonFields config, Description description) throws IOException {
    StoredWeights weights = checkpoint.weights();
    int d = config.count("d_in");
    int f = config.count("d_sae");
    double k = config.positive("k");
    if (k > f) {
      throw config.wrong("k", "at most the number of latents, " + f);
    }
    boolean subtract = config.flag("apply_b_dec_to_input", true);
    TrainedWeights trained =
        new TrainedWeights(
            weights.floats("W_enc", d, f).t(),
            weights.floats("b_enc", f),
            weights.floats("W_dec", f, d),
            weights.floats("b_dec", d),
            Optional.empty(),
            subtract,
            Choice.COMPARED);
    double threshold = weights.stored("topk_threshold").to(ScalarType.Double).item_double();
    weights.requireNoOthers(name -> false);
    DecoderNorms norms =
        config.flag("rescale_acts_by_decoder_norm", false)
            ? DecoderNorms.IN_ACTIVATIONS
            : DecoderNorms.KEPT;
    FittedInput input = SaeLensScaler.read(checkpoint.folder(), d).orElse(FittedInput.none());
    Linear folded =
        Linear.of(
            input instanceof FittedInput.Scaled(_, double scale)
                ? trained.foldKeepingActivations(norms, scale, scale)
                : trained.fold(norms, input));
    Linear linear = subtract ? folded.centred() : folded;
    description.note(
        "a training checkpoint: latents are chosen over the batch; its threshold so far is "
            + threshold);
    return linear.coder(
        description,
        linear.parts(new Selection.BatchTopK(k, false)).normalised(rows(config), true));
  }
}
