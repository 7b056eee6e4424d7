package org.sememe.sae.formats;

import java.io.IOException;
import java.util.List;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.dictionary.Kind;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFields;

/** The released temporal autoencoders: {@code conf.yaml} beside {@code latest_ckpt.safetensors}. */
final class TemporalReleaseFormat implements Format {
  @Override
  public boolean recognises(Checkpoint checkpoint) {
    return checkpoint.weights().has("D", "b", "attn_layers.0.q_target.weight");
  }

  @Override
  public Dictionary read(Checkpoint checkpoint, LoadOptions options) throws IOException {
    JsonFields config =
        checkpoint
            .config("conf.yaml")
            .orElseThrow(
                () -> new FormatException(checkpoint.file(), 0, "needs conf.yaml beside it"));
    JsonFields sae = config.object("sae");
    PathFacts path = new PathFacts(checkpoint);
    Description description =
        new Description(checkpoint, "temporal_saes", "temporal")
            .kind(Kind.TEMPORAL)
            .model(config.object("llm").optionalText("name").orElse(""), options)
            .hooks(List.of(path.hook("hook_resid_post")), List.of(path.hook("hook_resid_post")))
            .folded("constant_scalar_rescale");
    return TemporalNames.RELEASE.read(
        checkpoint.weights(),
        description,
        new TemporalNames.Shape(
            sae.count("n_heads"),
            sae.count("n_attn_layers"),
            sae.text("sae_diff_type"),
            sae.has("kval_topk") ? sae.count("kval_topk") : 0,
            sae.flag("tied_weights", true),
            sae.has("scaling_factor") ? sae.positive("scaling_factor") : 1));
  }
}
