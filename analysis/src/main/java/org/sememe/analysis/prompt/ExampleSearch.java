package org.sememe.analysis.prompt;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Features by example: those that fire in some texts and not in others.
 *
 * @param texts how many were to fire
 * @param others how many were not to
 * @param matches best first, those with a score of at least 0.01
 */
public record ExampleSearch(int texts, int others, List<Match> matches) {
  private static final int MOST = 100;

  /** Scores below are of features that fire anywhere. */
  private static final double LEAST = 0.01;

  /**
   * A feature.
   *
   * @param score {@code firesIn / texts - max(byChance, firesInOthers) / texts or others}: the
   *     share of the texts in which it fires, less what has nothing to do with them. 0.01 to 1
   * @param firesIn of the texts, in how many it fires on at least one token
   * @param byChance in how many of them a feature of its density would fire if it fell on tokens at
   *     random: the sum of {@code 1 - (1 - density)^tokens}
   * @param firesInOthers of the others, in how many it fires
   * @param share mean over the texts of its largest activation as a share of its maximum
   */
  public record Match(
      int latent,
      List<String> topTokens,
      double density,
      double score,
      int firesIn,
      double byChance,
      int firesInOthers,
      double share) {}

  private static final class Tally {
    private final PromptAnalysis.Active feature;
    private int firesIn;
    private int firesInOthers;
    private double shares;

    Tally(PromptAnalysis.Active feature) {
      this.feature = feature;
    }
  }

  /**
   * Compares texts that were run.
   *
   * @param texts where the features are to fire, at least one
   * @param others where they are not to, or none
   */
  public static ExampleSearch of(List<PromptAnalysis> texts, List<PromptAnalysis> others) {
    if (texts.isEmpty()) {
      throw new IllegalArgumentException("a search by example needs at least one text");
    }
    Map<Integer, Tally> tallies = new HashMap<>();
    for (PromptAnalysis text : texts) {
      strongest(text)
          .forEach(
              (latent, active) -> {
                Tally tally = tallies.computeIfAbsent(latent, unseen -> new Tally(active));
                tally.firesIn++;
                tally.shares += active.activation() / active.maxActivation();
              });
    }
    for (PromptAnalysis other : others) {
      for (int latent : strongest(other).keySet()) {
        if (tallies.containsKey(latent)) {
          tallies.get(latent).firesInOthers++;
        }
      }
    }
    List<Match> matches = new ArrayList<>();
    for (Tally tally : tallies.values()) {
      Match match = match(tally, texts, others.size());
      if (match.score() >= LEAST) {
        matches.add(match);
      }
    }
    matches.sort(
        Comparator.comparingDouble((Match m) -> -m.score())
            .thenComparingDouble(m -> -m.share())
            .thenComparingInt(Match::latent));
    return new ExampleSearch(
        texts.size(),
        others.size(),
        List.copyOf(matches.subList(0, Math.min(MOST, matches.size()))));
  }

  private static Match match(Tally tally, List<PromptAnalysis> texts, int others) {
    PromptAnalysis.Active feature = tally.feature;
    double byChance = 0;
    for (PromptAnalysis text : texts) {
      long tokens = text.tokens().stream().filter(token -> !token.excluded()).count();
      byChance += 1 - Math.pow(1 - feature.density(), tokens);
    }
    double elsewhere = others == 0 ? 0 : (double) tally.firesInOthers / others;
    double score =
        (double) tally.firesIn / texts.size() - Math.max(byChance / texts.size(), elsewhere);
    return new Match(
        feature.latent(),
        feature.topTokens(),
        feature.density(),
        score,
        tally.firesIn,
        byChance,
        tally.firesInOthers,
        tally.shares / texts.size());
  }

  /** Each feature of a text where it is strongest. */
  private static Map<Integer, PromptAnalysis.Active> strongest(PromptAnalysis text) {
    Map<Integer, PromptAnalysis.Active> strongest = new HashMap<>();
    for (PromptAnalysis.Token token : text.tokens()) {
      for (PromptAnalysis.Active active : token.features()) {
        strongest.merge(
            active.latent(), active, (a, b) -> a.activation() >= b.activation() ? a : b);
      }
    }
    return strongest;
  }
}
