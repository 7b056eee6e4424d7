package org.sememe.app.sweep;

import static org.sememe.app.sweep.SweepMember.HOOK;
import static org.sememe.app.sweep.SweepMember.TARGET;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.sememe.models.HookPattern;
import org.sememe.training.TrainOptions;

/**
 * The recipes of a sweep: each member of an explicit list with each combination of some lists of
 * values, each with several seeds.
 *
 * @param recipes the options that each recipe changes, in order
 * @param seeds seeds of each recipe
 */
public record SweepGrid(List<Map<String, String>> recipes, int seeds) {
  private static final String SEED = "seed";

  /** What decides which rows come in a batch. */
  private static final Set<String> SHARED = Set.of("batch", "non-finite");

  /**
   * The product.
   *
   * @param lists values by option, separated by commas, or by semicolons where values hold commas
   * @param members recipes such as {@code architecture=topk,k=32}; none is one that changes nothing
   * @param seeds at least 1
   * @throws IllegalArgumentException naming what cannot be read
   */
  public static SweepGrid of(Map<String, String> lists, List<String> members, int seeds) {
    if (seeds < 1) {
      throw new IllegalArgumentException("--seeds " + seeds + ": must be at least 1");
    }
    List<Map<String, String>> recipes =
        new ArrayList<>(
            members.isEmpty()
                ? List.of(Map.of())
                : members.stream().map(SweepGrid::member).toList());
    for (Map.Entry<String, String> list : lists.entrySet()) {
      List<String> values =
          List.of(list.getValue().split(list.getValue().contains(";") ? ";" : ",", -1));
      recipes =
          recipes.stream()
              .flatMap(recipe -> values.stream().map(value -> with(recipe, list.getKey(), value)))
              .toList();
    }
    return new SweepGrid(recipes, seeds);
  }

  /** A comma without a key behind it belongs to the value. */
  private static Map<String, String> member(String text) {
    Map<String, String> recipe = Map.of();
    for (String pair : text.split(",(?=[^,=]+=)")) {
      int sign = pair.indexOf('=');
      if (sign <= 0) {
        throw new IllegalArgumentException(
            "--member " + text + ": must be KEY=VALUE,KEY=VALUE,...");
      }
      recipe = with(recipe, pair.substring(0, sign), pair.substring(sign + 1));
    }
    return recipe;
  }

  private static Map<String, String> with(Map<String, String> recipe, String key, String value) {
    String name = key.strip();
    if (name.equals(SEED)) {
      throw new IllegalArgumentException("the seed is varied with --seeds N, from --seed on");
    }
    if (SHARED.contains(name)) {
      throw new IllegalArgumentException(
          name + " must be the same in all dictionaries of a sweep: set it with --set");
    }
    if (recipe.containsKey(name)) {
      throw new IllegalArgumentException(name + " is given twice for one recipe");
    }
    if (value.isBlank()) {
      throw new IllegalArgumentException(name + ": an empty value");
    }
    Map<String, String> more = new LinkedHashMap<>(recipe);
    more.put(name, value.strip());
    return more;
  }

  /**
   * This grid with each recipe that names hook points by a pattern once for each that it means. A
   * {@code *} in its target stands for what it stands for in the hook point.
   *
   * @param points the names of the hook points that a pattern means
   * @throws IllegalArgumentException if only some of the recipes name their hook points
   */
  public SweepGrid over(Function<String, List<String>> points) {
    long naming = recipes.stream().filter(recipe -> recipe.containsKey(HOOK)).count();
    if (naming > 0 && naming < recipes.size()) {
      throw new IllegalArgumentException(
          "some recipes name a hook point and some do not: give each one, or all with --hooks");
    }
    if (naming == 0 && recipes.stream().anyMatch(recipe -> recipe.containsKey(TARGET))) {
      throw new IllegalArgumentException("a target needs the hook point that it is made from");
    }
    return naming == 0
        ? this
        : new SweepGrid(
            recipes.stream().flatMap(recipe -> over(recipe, points)).distinct().toList(), seeds);
  }

  private static Stream<Map<String, String>> over(
      Map<String, String> recipe, Function<String, List<String>> points) {
    HookPattern pattern = new HookPattern(recipe.get(HOOK));
    Optional<HookPattern> target = Optional.ofNullable(recipe.get(TARGET)).map(HookPattern::new);
    if (!pattern.open()) {
      return Stream.of(recipe);
    }
    return points.apply(pattern.text()).stream()
        .map(
            name -> {
              Map<String, String> own = new LinkedHashMap<>(recipe);
              own.put(HOOK, name);
              target.ifPresent(
                  to -> own.put(TARGET, to.with(pattern.stars(name).orElse(List.of()))));
              return own;
            });
  }

  /**
   * A run for each recipe and seed.
   *
   * @param base what a recipe's changes make of what none changes; its seed is the first
   * @throws IllegalArgumentException naming the option that is wrong, or two runs of one name
   */
  public List<SweepMember> members(Function<Map<String, String>, TrainOptions> base) {
    List<SweepMember> members = new ArrayList<>();
    for (Map<String, String> recipe : recipes) {
      TrainOptions options = base.apply(recipe);
      for (long seed = options.seed(); seed < options.seed() + seeds; seed++) {
        members.add(
            SweepMember.of(name(recipe, seed), recipe, options.with(SEED, Long.toString(seed))));
      }
    }
    List<String> names = members.stream().map(SweepMember::name).distinct().toList();
    if (names.size() < members.size()) {
      throw new IllegalArgumentException(
          "the sweep holds a recipe twice: " + String.join(", ", names));
    }
    return members;
  }

  private String name(Map<String, String> recipe, long seed) {
    Map<String, String> all = new LinkedHashMap<>(recipe);
    if (seeds > 1 || recipe.isEmpty()) {
      all.put(SEED, Long.toString(seed));
    }
    return all.entrySet().stream()
        .map(
            e ->
                e.getKey().equals(HOOK)
                    ? e.getValue().replaceAll("[^A-Za-z0-9._-]", "-")
                    : e.getKey() + "-" + e.getValue().replaceAll("[^A-Za-z0-9.-]", "-"))
        .collect(Collectors.joining("_"));
  }
}
