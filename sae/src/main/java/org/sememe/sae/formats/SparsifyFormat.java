package org.sememe.sae.formats;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.sememe.sae.Sparsity;
import org.sememe.sae.StoredWeights;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.dictionary.Kind;
import org.sememe.sae.dictionary.Selection;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFields;

/**
 * EleutherAI sparsify: a folder a hook point with {@code cfg.json} and {@code sae.safetensors}.
 * {@code b_dec} is subtracted from the input unless it is a transcoder; the norms of decoder rows
 * say nothing about that.
 */
final class SparsifyFormat implements Format {
  private static final String CONFIG = "cfg.json";

  @Override
  public boolean recognises(Checkpoint checkpoint) throws IOException {
    return checkpoint.weights().has("encoder.weight", "encoder.bias", "W_dec", "b_dec")
        && checkpoint.config(CONFIG).filter(config -> config.has("expansion_factor")).isPresent();
  }

  @Override
  public Dictionary read(Checkpoint checkpoint, LoadOptions options) throws IOException {
    JsonFields config = checkpoint.config(CONFIG).orElseThrow();
    StoredWeights weights = checkpoint.weights();
    int d = config.count("d_in");
    int f = latents(config, d);
    Linear linear =
        new Linear(
            weights.floats("encoder.weight", f, d),
            weights.floats("encoder.bias", f),
            weights.floats("W_dec", f, d),
            weights.floats("b_dec", d));
    String activation = config.optionalText("activation").orElse("topk");
    boolean transcode = config.flag("transcode", false);
    boolean skips = config.flag("skip_connection", false);
    Optional<Tensor> skip =
        skips ? Optional.of(weights.floats("W_skip", d, d).t().contiguous()) : Optional.empty();
    weights.requireNoOthers(name -> false);
    String hook = checkpoint.folder().getFileName().toString();
    Description description =
        new Description(
                checkpoint,
                "sparsify",
                activation + (transcode ? "_transcoder" : "") + (skips ? "_skip" : ""))
            .model(model(checkpoint), options)
            .hook(hook, options);
    int k = description.atMost(config.count("k"), f);
    if (activation.equals("groupmax") && f % k != 0) {
      throw config.wrong("k", "a divisor of the number of latents, " + f);
    }
    if (!transcode && !skips) {
      Sparsity sparsity =
          switch (activation) {
            case "topk" -> new Sparsity.TopK(k);
            case "groupmax" -> new Sparsity.GroupMax(k);
            default -> throw unknown(config, activation);
          };
      return linear.autoencoder(description, sparsity, true, Optional.empty());
    }
    Selection selection =
        switch (activation) {
          case "topk" -> new Selection.TopK(k, false);
          case "groupmax" -> new Selection.GroupMax(k, false);
          default -> throw unknown(config, activation);
        };
    if (transcode) {
      description
          .kind(Kind.TRANSCODER)
          .hooks(List.of(description.hook()), List.of(description.hook()))
          .note("reads the input of " + hook + " and reconstructs its output");
    }
    Linear centred = transcode ? linear : linear.centred();
    return centred.coder(description, centred.parts(selection).skipping(skip));
  }

  private static int latents(JsonFields config, int d) throws FormatException {
    if (config.has("num_latents") && config.json().path("num_latents").asInt() != 0) {
      return config.count("num_latents");
    }
    return Math.multiplyExact(d, config.count("expansion_factor"));
  }

  /** The run's own configuration names no model in all versions. */
  private static String model(Checkpoint checkpoint) throws IOException {
    Optional<JsonFields> run = checkpoint.config("../config.json");
    return run.isEmpty() ? "" : run.get().optionalText("model").orElse("");
  }

  private static FormatException unknown(JsonFields config, String activation) {
    return config.wrong("activation", "topk or groupmax but " + activation);
  }
}
