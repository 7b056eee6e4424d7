package org.sememe.analysis.meaning;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.sememe.analysis.index.FeatureReading;
import org.sememe.tensors.Sha256;

/**
 * The texts whose vectors make a feature's meaning: what a person wrote about it, and else what a
 * person would read, the passages around its strongest peaks, the tokens that it fires on and those
 * that it raises. docs/studio.md tells how this choice finds against others.
 *
 * @param latent the feature
 * @param parts texts of equal weight; none if there is nothing to read
 */
record MeaningText(int latent, List<String> parts) {
  /** Passages of a feature. */
  static final int PASSAGES = 4;

  /** Tokens of a passage before its peak. */
  static final int BEFORE = 16;

  /** Tokens of a passage after its peak. */
  static final int AFTER = 6;

  private static final String BETWEEN = "\u0000";

  /** Of what a person wrote. */
  static MeaningText written(int latent, String text) {
    return new MeaningText(latent, List.of(text.strip()));
  }

  /** Of what there is to read; a feature that never fires has no texts. */
  static MeaningText of(FeatureReading reading) {
    List<String> parts = new ArrayList<>();
    for (FeatureReading.Passage passage : reading.passages()) {
      parts.add(passage.text().strip());
    }
    if (!reading.passages().isEmpty()) {
      parts.add(words(reading.topTokens()));
      parts.add(words(reading.raised()));
    }
    parts.removeIf(String::isEmpty);
    return new MeaningText(reading.latent(), List.copyOf(parts));
  }

  private static String words(List<String> tokens) {
    return tokens.stream()
        .map(String::strip)
        .filter(token -> !token.isEmpty())
        .distinct()
        .collect(Collectors.joining(", "));
  }

  /** Tells these texts from others; 0 for none. */
  long hash() {
    if (parts.isEmpty()) {
      return 0;
    }
    byte[] whole = String.join(BETWEEN, parts).getBytes(StandardCharsets.UTF_8);
    long first = ByteBuffer.wrap(Sha256.digest().digest(whole)).getLong();
    return first == 0 ? 1 : first;
  }
}
