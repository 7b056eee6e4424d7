package org.sememe.app.studio;

import java.util.List;
import org.sememe.analysis.geometry.DictionaryPartners;
import org.sememe.analysis.index.DictionarySummary;
import org.sememe.analysis.index.FeatureSource;

/**
 * The dictionary that is served beside another one on the same activations.
 *
 * @param name what the other is called
 * @param other its features; not closed by the server
 * @param metrics how good the other is, with sample sizes
 * @param partners each latent's nearest of the other
 */
public record Comparison(
    String name,
    FeatureSource other,
    List<DictionarySummary.Metric> metrics,
    DictionaryPartners partners) {

  /**
   * @throws IllegalArgumentException if the partners are of another dictionary's size
   */
  public Comparison {
    if (other.summary().latents() != partners.back().length) {
      throw new IllegalArgumentException(
          "the index of %s is of %d latents, and its dictionary has %d: index it again"
              .formatted(name, other.summary().latents(), partners.back().length));
    }
    metrics = List.copyOf(metrics);
  }
}
