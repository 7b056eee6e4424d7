package org.sememe.sae.formats;

import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.sememe.sae.Sparsity;
import org.sememe.sae.StoredWeights;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.tensors.JsonFields;

/**
 * Releases of a bare state dict, told by the names and orientation of their tensors: one constant a
 * release.
 */
enum ReleaseFormat implements Format {
  /** ReLU, nothing subtracted. */
  GOODFIRE {
    @Override
    public boolean recognises(Checkpoint checkpoint) {
      return checkpoint.weights().has("encoder_linear.weight", "decoder_linear.weight");
    }

    @Override
    public Dictionary read(Checkpoint checkpoint, LoadOptions options) throws IOException {
      return relu(checkpoint, options, "goodfire", "encoder_linear", "decoder_linear");
    }
  },

  /** ReLU, nothing subtracted, by the names of a plain autoencoder, without a configuration. */
  DEEPSEEK_R1 {
    @Override
    public boolean recognises(Checkpoint checkpoint) throws IOException {
      boolean configured =
          checkpoint.config("config.json").isPresent()
              || checkpoint.config("../config.json").isPresent();
      return !configured
          && checkpoint
              .weights()
              .names()
              .equals(Set.of("encoder.weight", "encoder.bias", "decoder.weight", "decoder.bias"));
    }

    @Override
    public Dictionary read(Checkpoint checkpoint, LoadOptions options) throws IOException {
      return relu(checkpoint, options, "deepseek_r1", "encoder", "decoder");
    }
  },

  /** TopK, nothing subtracted, matrices the other way round; k stands in the repository's name. */
  QWEN_SCOPE {
    @Override
    public boolean recognises(Checkpoint checkpoint) throws IOException {
      StoredWeights weights = checkpoint.weights();
      return weights.has(ENCODER, DECODER, BIAS, "b_dec")
          && !weights.has("threshold")
          && weights.shape(BIAS).size() == 1
          && weights.shape(ENCODER).size() == 2
          && weights.shape(ENCODER).getFirst().equals(weights.shape(BIAS).getFirst())
          && weights.shape(DECODER).equals(weights.shape(ENCODER).reversed());
    }

    @Override
    public Dictionary read(Checkpoint checkpoint, LoadOptions options) throws IOException {
      StoredWeights weights = checkpoint.weights();
      int f = weights.size(ENCODER, 0, 2);
      int d = weights.size(ENCODER, 1, 2);
      Linear linear =
          new Linear(
              weights.floats(ENCODER, f, d),
              weights.floats(BIAS, f),
              weights.floats(DECODER, d, f).t().contiguous(),
              weights.floats("b_dec", d));
      weights.requireNoOthers(name -> false);
      Optional<Integer> k =
          checkpoint
              .inPath(ACTIVE)
              .map(m -> Integer.valueOf(m.group(1)))
              .or(() -> options.count(LoadOptions.K));
      if (k.isEmpty()) {
        throw new MissingFactException(
            checkpoint.file(), LoadOptions.K, "the release has it in the repository's name (L0_K)");
      }
      Description description = describe(checkpoint, options, "qwen_scope", "topk");
      return linear.autoencoder(
          description, new Sparsity.TopK(description.atMost(k.get(), f)), false, Optional.empty());
    }
  },

  /** ReLU on concatenated heads; the configuration has the file's name with {@code _cfg}. */
  CONNOR_ROB {
    @Override
    public boolean recognises(Checkpoint checkpoint) throws IOException {
      return checkpoint.weights().has(ENCODER, DECODER, BIAS, "b_dec")
          && own(checkpoint).filter(config -> config.has("act_size")).isPresent();
    }

    @Override
    public Dictionary read(Checkpoint checkpoint, LoadOptions options) throws IOException {
      JsonFields config = own(checkpoint).orElseThrow();
      StoredWeights weights = checkpoint.weights();
      int d = config.count("act_size");
      int f = config.count("dict_size");
      Linear linear =
          new Linear(
              weights.floats(ENCODER, d, f).t().contiguous(),
              weights.floats(BIAS, f),
              weights.floats(DECODER, f, d),
              weights.floats("b_dec", d));
      weights.requireNoOthers(name -> false);
      String model =
          checkpoint.inPath(Pattern.compile("/([\\w-]+)_L\\d+_H")).map(m -> m.group(1)).orElse("");
      Description description =
          new Description(checkpoint, "connor_rob", "standard")
              .model(model, options)
              .hook(config.optionalText("act_name").orElse(""), options);
      return linear.autoencoder(description, new Sparsity.Relu(), true, Optional.empty());
    }

    private Optional<JsonFields> own(Checkpoint checkpoint) throws IOException {
      String name = checkpoint.file().getFileName().toString();
      return checkpoint.config(name.replaceFirst("\\.\\w+$", "_cfg.json"));
    }
  };

  private static final String ENCODER = "W_enc";
  private static final String DECODER = "W_dec";
  private static final String BIAS = "b_enc";
  private static final Pattern ACTIVE = Pattern.compile("L0_(\\d+)");

  private static Dictionary relu(
      Checkpoint checkpoint, LoadOptions options, String library, String encoder, String decoder)
      throws IOException {
    StoredWeights weights = checkpoint.weights();
    int f = weights.size(encoder + ".weight", 0, 2);
    int d = weights.size(encoder + ".weight", 1, 2);
    Linear linear =
        new Linear(
            weights.floats(encoder + ".weight", f, d),
            weights.floats(encoder + ".bias", f),
            weights.floats(decoder + ".weight", d, f).t().contiguous(),
            weights.floats(decoder + ".bias", d));
    weights.requireNoOthers(name -> false);
    return linear.autoencoder(
        describe(checkpoint, options, library, "standard"),
        new Sparsity.Relu(),
        false,
        Optional.empty());
  }

  /** These releases are all of residual streams; the layer stands in a name. */
  private static Description describe(
      Checkpoint checkpoint, LoadOptions options, String library, String architecture) {
    String hook = new PathFacts(checkpoint).hook("hook_resid_post");
    return new Description(checkpoint, library, architecture)
        .model("", options)
        .hook(hook, options);
  }
}
