package org.sememe.analysis.index;

import java.util.Optional;

/**
 * Where the studio's features come from. Called from many threads at once; closed by whoever made
 * it, after the server.
 */
public interface FeatureSource {

  /** What the dictionary is; quick, as every page asks for it. */
  DictionarySummary summary();

  /** One page of the list. */
  FeatureList list(FeatureQuery query);

  /** The latents that a query finds, in its order, whatever its offset and limit. */
  int[] latents(FeatureQuery query);

  /** The share of the indexed tokens on which each latent is active, by latent. */
  float[] densities();

  /**
   * One feature.
   *
   * @return empty if there is no such latent
   */
  Optional<FeatureDetail> feature(int latent);
}
