package org.sememe.app.sweep;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
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
        .map(e -> e.getKey() + "-" + e.getValue().replaceAll("[^A-Za-z0-9.-]", "-"))
        .collect(Collectors.joining("_"));
  }
}
