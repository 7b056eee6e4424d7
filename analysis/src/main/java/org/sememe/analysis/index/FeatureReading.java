package org.sememe.analysis.index;

import java.util.List;

/**
 * What a person reads of a feature, as far as the index has it.
 *
 * @param topTokens the tokens that it fires on, most characteristic first
 * @param raised the tokens that its direction makes likelier, strongest first; empty where the
 *     index has none
 * @param passages the texts around the peaks of its strongest examples, strongest first, each
 *     within the document that the peak is of
 */
public record FeatureReading(
    int latent, List<String> topTokens, List<String> raised, List<Passage> passages) {

  /**
   * A piece of text.
   *
   * @param before up to the peak, which it ends with
   * @param after what follows
   */
  public record Passage(String before, String after) {
    /** All of it. */
    public String text() {
      return before + after;
    }
  }
}
