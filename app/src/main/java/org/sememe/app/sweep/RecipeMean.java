package org.sememe.app.sweep;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/**
 * The mean of a recipe's measured members.
 *
 * @param series the curve it is a point of
 * @param recipe in words
 * @param members how many seeds were measured
 * @param l0 mean of their L0
 * @param fvu mean of their FVU
 * @param deadShare mean of their dead shares
 * @param ceRecovered mean of their cross-entropy recovered, where all have one
 * @param front whether no other recipe has both a lower or equal L0 and a lower or equal FVU, one
 *     of them truly lower
 */
public record RecipeMean(
    String series,
    String recipe,
    int members,
    double l0,
    double fvu,
    double deadShare,
    OptionalDouble ceRecovered,
    boolean front) {

  /**
   * The recipes of a sweep in order of their first members; those without a measure are left out.
   */
  static List<RecipeMean> of(List<SweepMember> members) {
    Map<String, List<SweepMember>> byRecipe = new LinkedHashMap<>();
    members.stream()
        .filter(member -> member.scores().isPresent())
        .forEach(m -> byRecipe.computeIfAbsent(m.recipe(), r -> new ArrayList<>()).add(m));
    List<RecipeMean> means = byRecipe.values().stream().map(RecipeMean::mean).toList();
    return means.stream().map(mean -> mean.withFront(means)).toList();
  }

  private static RecipeMean mean(List<SweepMember> same) {
    boolean spliced =
        same.stream().allMatch(m -> m.scores().orElseThrow().ceRecovered().isPresent());
    return new RecipeMean(
        same.getFirst().series(),
        same.getFirst().recipe(),
        same.size(),
        mean(same, SweepScores::l0),
        mean(same, SweepScores::fvu),
        mean(same, SweepScores::deadShare),
        spliced
            ? OptionalDouble.of(mean(same, scores -> scores.ceRecovered().orElseThrow()))
            : OptionalDouble.empty(),
        false);
  }

  private static double mean(List<SweepMember> members, ToDoubleFunction<SweepScores> score) {
    return members.stream()
        .mapToDouble(member -> score.applyAsDouble(member.scores().orElseThrow()))
        .average()
        .orElseThrow();
  }

  private RecipeMean withFront(List<RecipeMean> all) {
    boolean beaten =
        all.stream()
            .anyMatch(
                other -> other.l0 <= l0 && other.fvu <= fvu && (other.l0 < l0 || other.fvu < fvu));
    return new RecipeMean(series, recipe, members, l0, fvu, deadShare, ceRecovered, !beaten);
  }
}
