package org.sememe.sae.formats;

import java.io.IOException;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.sememe.sae.Sparsity;
import org.sememe.sae.StoredWeights;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.dictionary.Selection;
import org.sememe.sae.fold.RowNormalisation;
import org.sememe.tensors.JsonFields;
import org.sememe.tensors.TensorMemory;

/**
 * bartbussmann/BatchTopK: {@code sae.pt} beside {@code config.json}. The topk kinds have an unused
 * encoder bias; jumprelu does not centre its input; batch top-k has no threshold of its own.
 */
final class BatchTopKRepoFormat implements Format {
  private static final String CONFIG = "config.json";
  private static final String BIAS = "b_enc";
  private static final String LOG_THRESHOLD = "jumprelu.log_threshold";

  @Override
  public boolean recognises(Checkpoint checkpoint) throws IOException {
    return checkpoint.weights().has("W_enc", "W_dec", BIAS, "b_dec")
        && checkpoint
            .config(CONFIG)
            .filter(config -> config.has("sae_type") && config.has("act_size"))
            .isPresent();
  }

  @Override
  public Dictionary read(Checkpoint checkpoint, LoadOptions options) throws IOException {
    JsonFields config = checkpoint.config(CONFIG).orElseThrow();
    StoredWeights weights = checkpoint.weights();
    String type = config.text("sae_type");
    int d = config.count("act_size");
    int f = config.count("dict_size");
    boolean compared = type.equals("topk") || type.equals("batchtopk");
    Linear linear =
        new Linear(
            weights.floats("W_enc", d, f).t().contiguous(),
            compared ? TensorMemory.floats(new float[f], f) : weights.floats(BIAS, f),
            weights.floats("W_dec", f, d),
            weights.floats("b_dec", d));
    boolean normed = config.flag("input_unit_norm", true);
    RowNormalisation rows = normed ? RowNormalisation.LAYER_NORM : RowNormalisation.NONE;
    Description description =
        new Description(checkpoint, "batchtopk_repo", type)
            .model(config.optionalText("model_name").orElse(""), options)
            .hook(config.optionalText("hook_point").orElse(""), options);
    if (normed) {
      description.perRow("layer_norm");
    }
    Optional<Tensor> thresholds =
        type.equals("jumprelu")
            ? Optional.of(weights.floats(LOG_THRESHOLD, f).exp())
            : Optional.empty();
    weights.requireNoOthers(BIAS::equals);
    return switch (type) {
      case "vanilla" ->
          linear.autoencoder(description, new Sparsity.Relu(), true, thresholds, rows);
      case "jumprelu" ->
          linear.autoencoder(description, new Sparsity.JumpRelu(), false, thresholds, rows);
      case "topk" ->
          linear.autoencoder(
              description,
              new Sparsity.TopK(description.atMost(config.count("top_k"), f)),
              true,
              thresholds,
              rows);
      case "batchtopk" -> {
        int k = description.atMost(config.count("top_k"), f);
        Linear centred = linear.centred();
        description.note("no threshold is stored: latents are chosen over the whole batch");
        yield centred.coder(
            description, centred.parts(new Selection.BatchTopK(k, false)).normalised(rows, normed));
      }
      default -> throw config.wrong("sae_type", "vanilla, topk, batchtopk or jumprelu");
    };
  }
}
