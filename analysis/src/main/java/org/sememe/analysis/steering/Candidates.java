package org.sememe.analysis.steering;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.IntConsumer;
import org.sememe.analysis.index.FeatureDetail;
import org.sememe.analysis.index.FeatureIndex;
import org.sememe.analysis.index.FeatureList;
import org.sememe.analysis.index.FeatureQuery;

/**
 * Finds features that promise to steer visibly, without running the model: those whose decoder
 * direction raises, by the direct path, the very words that they fire on. {@link SteeringMeasure}
 * then tells which of them do. One thread at a time; the index stays the caller's.
 */
public record Candidates(FeatureIndex index) {
  private static final double LEAST_DENSITY = 1e-4;
  private static final double MOST_DENSITY = 0.01;
  private static final int LEAST_WORDS = 3;

  /**
   * A feature and what it promises.
   *
   * @param gain see {@link Candidates#gain}
   */
  public record Candidate(int latent, double gain) {}

  /**
   * The most promising of the rare features with several words, by falling gain.
   *
   * @param done hears how many features were looked at
   */
  public List<Candidate> find(int count, IntConsumer done) {
    List<Candidate> found = new ArrayList<>();
    int looked = 0;
    for (FeatureList page = page(0); !page.features().isEmpty(); page = page(looked)) {
      for (FeatureList.Row row : page.features()) {
        looked++;
        if (Topic.of(row.topTokens().stream()).words().size() >= LEAST_WORDS) {
          index
              .feature(row.latent())
              .map(feature -> new Candidate(row.latent(), gain(feature)))
              .filter(candidate -> candidate.gain() > 0)
              .ifPresent(found::add);
        }
      }
      done.accept(looked);
    }
    return found.stream()
        .sorted(
            Comparator.comparingDouble((Candidate one) -> -one.gain())
                .thenComparingInt(Candidate::latent))
        .limit(count)
        .toList();
  }

  /**
   * The logits that the feature's own words gain by its maximum activation, summed over those of
   * its words that are among the tokens it raises most.
   */
  static double gain(FeatureDetail feature) {
    Topic topic = Topic.of(feature);
    return feature.maxActivation()
        * feature.logits().raised().stream()
            .filter(effect -> topic.holds(effect.token()))
            .mapToDouble(FeatureDetail.Effect::effect)
            .sum();
  }

  private FeatureList page(long offset) {
    return index.list(
        new FeatureQuery(
            "",
            FeatureQuery.Sort.LATENT,
            false,
            FeatureQuery.Status.ALIVE,
            new FeatureQuery.Range(
                OptionalDouble.of(LEAST_DENSITY), OptionalDouble.of(MOST_DENSITY)),
            FeatureQuery.Range.ANY,
            offset,
            FeatureQuery.MOST));
  }
}
