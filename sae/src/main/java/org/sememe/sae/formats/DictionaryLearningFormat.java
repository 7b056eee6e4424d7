package org.sememe.sae.formats;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeConfig;
import org.sememe.sae.Sparsity;
import org.sememe.sae.StoredWeights;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.dictionary.SaeDictionary;
import org.sememe.sae.fold.Choice;
import org.sememe.sae.fold.DecoderNorms;
import org.sememe.sae.fold.FittedInput;
import org.sememe.sae.fold.TrainedWeights;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFields;

/**
 * dictionary_learning: {@code ae.pt} beside {@code config.json}. The names of tensors tell the
 * class (one trainer writes a wrong {@code dict_class}), but for topk and batch top-k, which have
 * the same; batch top-k is by its stored threshold. Decoder columns of the oldest class are brought
 * to norm 1, as the library's loader does.
 */
final class DictionaryLearningFormat implements Format {
  private static final String ENCODER = "encoder.weight";
  private static final String ENCODER_BIAS = "encoder.bias";
  private static final String DECODER = "decoder.weight";
  private static final String THRESHOLD = "threshold";
  private static final String CONFIG = "config.json";
  private static final Pattern SUBMODULE = Pattern.compile("(\\w+)_layer_(\\d+)");
  private static final Map<String, String> HOOKS =
      Map.of(
          "resid_post", "hook_resid_post",
          "resid_pre", "hook_resid_pre",
          "mlp_out", "hook_mlp_out",
          "attention_out", "hook_attn_out",
          "attn_out", "hook_attn_out");

  @Override
  public boolean recognises(Checkpoint checkpoint) throws IOException {
    return architecture(checkpoint.weights()).isPresent()
        && (checkpoint.isPickle() || trainer(checkpoint).isPresent());
  }

  /** The class that the tensors are of, one of two for topk. */
  private static Optional<String> architecture(StoredWeights weights) {
    if (weights.has(ENCODER, ENCODER_BIAS, DECODER)) {
      if (weights.has("bias")) {
        return Optional.of("AutoEncoder");
      }
      if (weights.has("decoder.bias")) {
        return Optional.of("AutoEncoderNew");
      }
      return weights.has("b_dec", "k") ? Optional.of("AutoEncoderTopK") : Optional.empty();
    }
    if (weights.has(ENCODER, DECODER, "gate_bias", "r_mag", "mag_bias", "decoder_bias")) {
      return Optional.of("GatedAutoEncoder");
    }
    if (weights.has("W_enc", "b_enc", "W_dec", "b_dec", THRESHOLD)) {
      return Optional.of(
          weights.has("group_sizes") ? "MatryoshkaBatchTopKSAE" : "JumpReluAutoEncoder");
    }
    return Optional.empty();
  }

  /** The configuration of the trainer; that of a file in the midst of a run lies one above. */
  private static Optional<JsonFields> trainer(Checkpoint checkpoint) throws IOException {
    Optional<JsonFields> config = checkpoint.config(CONFIG).filter(c -> c.has("trainer"));
    if (config.isEmpty()) {
      config = checkpoint.config("../" + CONFIG).filter(c -> c.has("trainer"));
    }
    return config.map(c -> c.object("trainer"));
  }

  @Override
  public Dictionary read(Checkpoint checkpoint, LoadOptions options) throws IOException {
    StoredWeights weights = checkpoint.weights();
    Optional<JsonFields> trainer = trainer(checkpoint);
    String architecture = architecture(weights).orElseThrow();
    if (architecture.equals("AutoEncoderTopK")) {
      architecture = topKClass(checkpoint, trainer, options);
    }
    Description description = describe(checkpoint, trainer, architecture, options);
    if (weights.has("k")) {
      description.averageK(weights.stored("k").item_double());
    }
    Dictionary dictionary =
        switch (architecture) {
          case "AutoEncoder" -> autoEncoder(weights, description);
          case "AutoEncoderNew" ->
              linear(weights, "decoder.bias")
                  .autoencoder(description, new Sparsity.Relu(), false, Optional.empty());
          case "GatedAutoEncoder" -> gated(weights, description);
          case "AutoEncoderTopK" -> {
            Linear linear = linear(weights, "b_dec");
            int k = Math.toIntExact(weights.stored("k").item_long());
            yield linear.autoencoder(
                description,
                new Sparsity.TopK(description.atMost(k, linear.latents())),
                true,
                Optional.empty());
          }
          case "BatchTopKSAE" ->
              linear(weights, "b_dec")
                  .autoencoder(description, new Sparsity.JumpRelu(), true, threshold(weights));
          case "MatryoshkaBatchTopKSAE" ->
              rowLinear(weights)
                  .autoencoder(description, new Sparsity.JumpRelu(), true, threshold(weights));
          default -> {
            Linear linear = rowLinear(weights);
            Tensor thresholds = weights.floats(THRESHOLD, linear.latents());
            yield linear.autoencoder(
                description, new Sparsity.JumpRelu(), false, Optional.of(thresholds));
          }
        };
    try {
      weights.requireNoOthers(Set.of("k", THRESHOLD, "group_sizes")::contains);
    } catch (FormatException e) {
      dictionary.close();
      throw e;
    }
    return dictionary;
  }

  private static String topKClass(
      Checkpoint checkpoint, Optional<JsonFields> trainer, LoadOptions options) throws IOException {
    Optional<String> said =
        trainer.isPresent() ? trainer.get().optionalText("dict_class") : Optional.empty();
    String name = said.or(() -> options.text(LoadOptions.DICT_CLASS)).orElse("");
    if (name.isEmpty()) {
      throw new MissingFactException(
          checkpoint.file(),
          LoadOptions.DICT_CLASS,
          "AutoEncoderTopK and BatchTopKSAE have the same tensors, and there is no config.json");
    }
    if (!name.equals("AutoEncoderTopK") && !name.equals("BatchTopKSAE")) {
      throw new FormatException(
          checkpoint.file(),
          0,
          "dict_class is "
              + name
              + ", and the tensors are those of AutoEncoderTopK or BatchTopKSAE");
    }
    return name;
  }

  private static Description describe(
      Checkpoint checkpoint, Optional<JsonFields> trainer, String architecture, LoadOptions options)
      throws IOException {
    Description description = new Description(checkpoint, "dictionary_learning", architecture);
    String model = "";
    String hook = "";
    if (trainer.isPresent()) {
      model = trainer.get().optionalText("lm_name").orElse("");
      hook = hook(trainer.get().optionalText("submodule_name").orElse(""));
    }
    if (checkpoint.value("norm_factor").isPresent()) {
      description.note(
          "left by a run that was stopped: its norm factor "
              + checkpoint.value("norm_factor").get()
              + " is not in the weights yet; divide inputs by it");
    }
    return description.model(model, options).hook(hook, options);
  }

  /** The hook point of a submodule such as {@code resid_post_layer_3}; else its own name. */
  private static String hook(String submodule) {
    Matcher matcher = SUBMODULE.matcher(submodule);
    return matcher.matches() && HOOKS.containsKey(matcher.group(1))
        ? "blocks." + matcher.group(2) + "." + HOOKS.get(matcher.group(1))
        : submodule;
  }

  private static Linear linear(StoredWeights weights, String decoderBias) throws FormatException {
    int f = weights.size(ENCODER, 0, 2);
    int d = weights.size(ENCODER, 1, 2);
    return new Linear(
        weights.floats(ENCODER, f, d),
        weights.floats(ENCODER_BIAS, f),
        weights.floats(DECODER, d, f).t().contiguous(),
        weights.floats(decoderBias, d));
  }

  private static Linear rowLinear(StoredWeights weights) throws FormatException {
    int d = weights.size("W_enc", 0, 2);
    int f = weights.size("W_enc", 1, 2);
    return new Linear(
        weights.floats("W_enc", d, f).t().contiguous(),
        weights.floats("b_enc", f),
        weights.floats("W_dec", f, d),
        weights.floats("b_dec", d));
  }

  /** One threshold for all latents. */
  private static Optional<Tensor> threshold(StoredWeights weights) throws FormatException {
    int f = weights.has(ENCODER) ? weights.size(ENCODER, 0, 2) : weights.size("W_enc", 1, 2);
    return Optional.of(torch.ones(f).mul(new Scalar(weights.floats(THRESHOLD).item_float())));
  }

  private static Dictionary autoEncoder(StoredWeights weights, Description description)
      throws FormatException {
    Linear linear = linear(weights, "bias");
    SaeConfig config =
        description.config(linear.width(), linear.latents(), new Sparsity.Relu(), true);
    TrainedWeights trained = linear.trained(Optional.empty(), true, Choice.EACH);
    Sae sae = Sae.of(config, trained.fold(DecoderNorms.FOLDED, FittedInput.none()));
    return new SaeDictionary(description.facts(sae.config()), sae);
  }

  private static Dictionary gated(StoredWeights weights, Description description)
      throws FormatException {
    int f = weights.size(ENCODER, 0, 2);
    int d = weights.size(ENCODER, 1, 2);
    TrainedWeights trained =
        TrainedWeights.gated(
            weights.floats(ENCODER, f, d),
            weights.floats("gate_bias", f),
            weights.floats("mag_bias", f),
            weights.floats("r_mag", f),
            weights.floats(DECODER, d, f).t(),
            weights.floats("decoder_bias", d),
            true);
    SaeConfig config = description.config(d, f, new Sparsity.JumpRelu(), true);
    Sae sae = Sae.of(config, trained.fold(DecoderNorms.KEPT, FittedInput.none()));
    return new SaeDictionary(description.facts(sae.config()), sae);
  }
}
