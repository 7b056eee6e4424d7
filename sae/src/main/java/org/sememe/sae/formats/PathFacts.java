package org.sememe.sae.formats;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What releases say only in the names of their repositories and folders. A download cache keeps
 * repositories as {@code models--OWNER--NAME}.
 */
final class PathFacts {
  static final Pattern LLAMA = Pattern.compile("Llama3_1-8B|Llama-Scope-R1");
  private static final Pattern LAYER = Pattern.compile("(?:^|[/_.-])layer[._-]?(\\d+)(?=[/_.-]|$)");

  /** Such as {@code L15R}; not {@code l0_71}, which counts active latents. */
  private static final Pattern SHORT_LAYER =
      Pattern.compile("(?:^|[/_.-])[lL](?!0_)(\\d+)R?(?=[/_.-]|$)");

  private static final Pattern GEMMA_2 = Pattern.compile("gemma-scope-(2b|9b|27b)-(pt|it)");
  private static final Pattern GEMMA_3 = Pattern.compile("gemma-scope-2-(\\w+)-(pt|it)");
  private static final Pattern SITE =
      Pattern.compile("/(resid_post|attn_out|mlp_out|transcoder|clt|crosscoder)(?:_all)?/");
  private static final Pattern ATTENTION = Pattern.compile("gemma-scope-\\w+-\\w+-att");
  private static final Pattern MLP = Pattern.compile("gemma-scope-\\w+-\\w+-mlp");
  private static final Pattern EMBEDDING = Pattern.compile("(?:^|/)embedding/");

  private final Checkpoint checkpoint;

  PathFacts(Checkpoint checkpoint) {
    this.checkpoint = checkpoint;
  }

  /** The layer's number: the last that a name holds. */
  Optional<String> layer() {
    Optional<String> layer = last(LAYER);
    return layer.isPresent() ? layer : last(SHORT_LAYER);
  }

  private Optional<String> last(Pattern pattern) {
    String path = checkpoint.file().toAbsolutePath().normalize().toString().replace('\\', '/');
    return pattern.matcher(path).results().map(found -> found.group(1)).reduce((a, b) -> b);
  }

  /** Whether it lies where a release keeps the dictionaries of embeddings. */
  boolean isEmbedding() {
    return checkpoint.inPath(EMBEDDING).isPresent();
  }

  /** The model of a Gemma Scope release; empty where no name tells. */
  String gemma() {
    Optional<Matcher> third = checkpoint.inPath(GEMMA_3);
    if (third.isPresent()) {
      return "google/gemma-3-" + third.get().group(1) + "-" + third.get().group(2);
    }
    return checkpoint
        .inPath(GEMMA_2)
        .map(m -> "gemma-2-" + m.group(1) + (m.group(2).equals("it") ? "-it" : ""))
        .orElse("");
  }

  /** The site of a Gemma Scope 2 dictionary, such as {@code resid_post}. */
  Optional<String> site() {
    return checkpoint.inPath(SITE).map(m -> m.group(1));
  }

  /** A hook point of the layer that the path names; empty without one. */
  String hook(String name) {
    return layer().map(layer -> "blocks." + layer + "." + name).orElse("");
  }

  /** The hook point of a Gemma Scope 1 autoencoder. */
  String gemma2Hook() {
    if (isEmbedding()) {
      return "hook_embed";
    }
    if (checkpoint.inPath(ATTENTION).isPresent()) {
      return hook("attn.hook_z");
    }
    return hook(checkpoint.inPath(MLP).isPresent() ? "hook_mlp_out" : "hook_resid_post");
  }
}
