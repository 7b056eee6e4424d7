package org.sememe.analysis.index;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;

/**
 * How much of a feature its tokens alone tell: on every token of its examples the activation that
 * the token leads one to expect, the share of the token's occurrences in the indexed text on which
 * the feature fires times its mean when it fires. The occurrence itself is left out of both counts,
 * or a rare token would predict itself. Tokens beyond those of the feature's statistics are
 * expected to bring nothing. (The "token lookup" among judge-free explanations; shown below the
 * real activations as OpenAI's neuron viewer shows simulated ones.)
 *
 * @param examples predicted activations by the id of an example, one a token
 * @param correlation Pearson's, of real and predicted activations over all tokens of the examples;
 *     0 where tokens tell nothing, absent where one of the two is the same everywhere
 * @param tokens how many tokens that is
 * @param known different tokens in the feature's statistics
 */
@SuppressWarnings("ArrayRecordComponent") // goes straight into the answer
public record TokenLookup(
    Map<Integer, float[]> examples, OptionalDouble correlation, long tokens, int known) {

  /** What a feature's tokens predict. */
  public static TokenLookup of(FeatureDetail feature) {
    Map<String, FeatureDetail.TokenStatistic> statistics = new HashMap<>();
    feature.tokenStatistics().forEach(token -> statistics.put(token.token(), token));
    Map<Integer, float[]> examples = new TreeMap<>();
    Moments moments = new Moments();
    for (FeatureExample example : feature.examples()) {
      float[] predicted = new float[example.activations().length];
      for (int i = 0; i < predicted.length; i++) {
        float real = example.activations()[i];
        FeatureDetail.TokenStatistic token = statistics.get(example.tokens().get(i));
        if (token != null && token.baseCount() > 1) {
          double others = token.count() - (real > 0 ? 1 : 0);
          predicted[i] = (float) (others / (token.baseCount() - 1) * feature.meanActivation());
        }
        moments.add(real, predicted[i]);
      }
      examples.put(example.id(), predicted);
    }
    return new TokenLookup(
        examples, moments.correlation(), moments.count, feature.tokenStatistics().size());
  }

  /** Welford's sums of pairs. */
  private static final class Moments {
    private long count;
    private double meanX;
    private double meanY;
    private double xx;
    private double yy;
    private double xy;

    void add(double x, double y) {
      count++;
      double dx = x - meanX;
      meanX += dx / count;
      double dy = y - meanY;
      meanY += dy / count;
      xx += dx * (x - meanX);
      yy += dy * (y - meanY);
      xy += dx * (y - meanY);
    }

    OptionalDouble correlation() {
      return xx > 0 && yy > 0 ? OptionalDouble.of(xy / Math.sqrt(xx * yy)) : OptionalDouble.empty();
    }
  }
}
