package org.sememe.analysis.index;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What one latent does on the indexed text.
 *
 * @param active rows it fires on
 * @param max its largest activation, 0 if it never fires
 * @param mean over the rows it fires on
 * @param histogram rows by activation, in equal bins from 0 to {@code max}; the last with its end
 * @param tokens what it fires on, by falling count, of equal ones the lower id first
 * @param label the ids of the most characteristic of them: by the activation they get together
 *     times the logarithm of their lift. Tokens it fired on once only count where there are no
 *     others
 */
@SuppressWarnings("ArrayRecordComponent") // goes straight into the index
record LatentStatistics(
    long active,
    double max,
    double mean,
    long[] histogram,
    List<TokenUse> tokens,
    List<Integer> label) {

  /** A token: how often the latent fires on it, and how strongly in sum. */
  record TokenUse(int token, long count, double activation) {}

  static LatentStatistics of(int latent, Firings firings, IndexedText text, IndexOptions options) {
    int first = firings.first(latent);
    int end = first + firings.count(latent);
    double max = 0;
    double sum = 0;
    Map<Integer, TokenUse> uses = new HashMap<>();
    for (int i = first; i < end; i++) {
      double value = firings.value(i);
      max = Math.max(max, value);
      sum += value;
      uses.merge(
          text.token(firings.row(i)),
          new TokenUse(text.token(firings.row(i)), 1, value),
          (a, b) -> new TokenUse(a.token, a.count + b.count, a.activation + b.activation));
    }
    long[] histogram = new long[options.bins()];
    for (int i = first; i < end; i++) {
      histogram[bin(firings.value(i), max, options.bins())]++;
    }
    int active = end - first;
    List<TokenUse> all = new ArrayList<>(uses.values());
    all.sort(Comparator.comparingLong((TokenUse u) -> -u.count).thenComparingInt(TokenUse::token));
    return new LatentStatistics(
        active,
        max,
        active == 0 ? 0 : sum / active,
        histogram,
        List.copyOf(all.subList(0, Math.min(options.tokens(), all.size()))),
        label(all, active, text, options.labelTokens()));
  }

  /** The bin, 0 to {@code bins - 1}, of an activation from 0 to {@code max}. */
  static int bin(double activation, double max, int bins) {
    return Math.min(bins - 1, (int) (activation / max * bins));
  }

  private static List<Integer> label(List<TokenUse> all, long active, IndexedText text, int most) {
    List<TokenUse> repeated = all.stream().filter(use -> use.count > 1).toList();
    return (repeated.isEmpty() ? all : repeated)
        .stream()
            .sorted(
                Comparator.comparingDouble((TokenUse use) -> -weight(use, active, text))
                    .thenComparingInt(TokenUse::token))
            .limit(most)
            .map(TokenUse::token)
            .toList();
  }

  private static double weight(TokenUse use, long active, IndexedText text) {
    return use.activation * Math.log(lift(use, active, text));
  }

  /** The token's share of the latent's firings over its share of the text. */
  static double lift(TokenUse use, long active, IndexedText text) {
    return ((double) use.count / active) / ((double) text.baseCount(use.token) / text.rows());
  }
}
