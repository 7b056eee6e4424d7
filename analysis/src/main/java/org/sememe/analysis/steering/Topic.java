package org.sememe.analysis.steering;

import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.sememe.analysis.index.FeatureDetail;

/**
 * The words that a feature is about: the tokens that it fires on in the indexed text, in lower case
 * and without spaces around. What the decoder direction raises directly is not asked: that would
 * measure the steering by itself.
 *
 * @param words each with two letters or more
 */
public record Topic(Set<String> words) {
  private static final double LEAST_LIFT = 10;
  private static final long LEAST_COUNT = 3;

  /** Of some tokens. */
  public static Topic of(Stream<String> tokens) {
    Set<String> words = new TreeSet<>();
    tokens.map(Topic::word).filter(Topic::tells).forEach(words::add);
    return new Topic(words);
  }

  /**
   * A feature's: the tokens that it fires on at least {@value #LEAST_COUNT} times and {@value
   * #LEAST_LIFT} times as often as they occur; its label, where there are none.
   */
  public static Topic of(FeatureDetail feature) {
    Topic topic =
        of(
            feature.tokenStatistics().stream()
                .filter(use -> use.lift() >= LEAST_LIFT && use.count() >= LEAST_COUNT)
                .map(FeatureDetail.TokenStatistic::token));
    return topic.words().isEmpty() ? of(feature.topTokens().stream()) : topic;
  }

  private static String word(String token) {
    return token.strip().toLowerCase(Locale.ROOT);
  }

  private static boolean tells(String word) {
    return word.codePoints().filter(Character::isLetter).count() >= 2;
  }

  /** Whether a token, as text, is one of the words. */
  public boolean holds(String token) {
    return words.contains(word(token));
  }
}
