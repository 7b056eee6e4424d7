package org.sememe.app.studio;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.sememe.analysis.index.FeatureList;
import org.sememe.analysis.index.FeatureQuery;
import org.sememe.analysis.index.FeatureSource;
import org.sememe.analysis.meaning.MeaningSource;
import org.sememe.analysis.meaning.NearestMeanings;
import org.sememe.analysis.meaning.NearestMeanings.Match;

/** Made-up meanings: the share of a feature's first tokens that a text has, ties by latent. */
record SyntheticMeanings(FeatureSource features, boolean there) implements MeaningSource {

  @Override
  public NearestMeanings nearest(String text, int most) {
    Set<String> words =
        Arrays.stream(text.toLowerCase(Locale.ROOT).split(" ")).collect(Collectors.toSet());
    FeatureQuery all =
        new FeatureQuery(
            "",
            FeatureQuery.Sort.LATENT,
            false,
            FeatureQuery.Status.ALIVE,
            FeatureQuery.Range.ANY,
            FeatureQuery.Range.ANY,
            0,
            FeatureQuery.MOST);
    List<Match> matches =
        features.list(all).features().stream()
            .map(row -> new Match(row.latent(), share(row, words)))
            .sorted(
                Comparator.comparingDouble((Match m) -> -m.cosine())
                    .thenComparingInt(Match::latent))
            .toList();
    double mean = matches.stream().mapToDouble(Match::cosine).average().orElse(0);
    return new NearestMeanings(matches.size(), mean, matches.stream().limit(most).toList());
  }

  private static double share(FeatureList.Row row, Set<String> words) {
    long same = row.topTokens().stream().map(String::strip).filter(words::contains).count();
    return 0.1 + 0.8 * same / row.topTokens().size();
  }
}
