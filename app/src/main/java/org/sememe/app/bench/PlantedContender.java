package org.sememe.app.bench;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sememe.training.TrainOptions;

/**
 * A way to train that is compared with others.
 *
 * @param name as it was written, such as {@code topk} or {@code batchtopk+matryoshka=1/4,3/4}
 * @param settings the options of training that it changes, its architecture or recipe first
 */
public record PlantedContender(String name, Map<String, String> settings) {
  private static final String RECIPE = "recipe=";

  /**
   * Reads contenders: architectures or recipes ({@code recipe=NAME}), each followed by any options
   * as {@code +key=value}, separated by commas. A comma before a digit belongs to a value.
   *
   * @throws IllegalArgumentException naming what cannot be read
   */
  public static List<PlantedContender> parse(String text) {
    List<PlantedContender> all =
        Arrays.stream(text.split(",(?![0-9.])", -1)).map(PlantedContender::one).toList();
    if (all.stream().map(PlantedContender::name).distinct().count() < all.size()) {
      throw new IllegalArgumentException("--architectures " + text + ": holds one twice");
    }
    return all;
  }

  private static PlantedContender one(String text) {
    String[] parts = text.strip().split("\\+(?=[a-z])", -1);
    Map<String, String> settings = new LinkedHashMap<>();
    boolean recipe = parts[0].startsWith(RECIPE);
    settings.put(
        recipe ? "recipe" : "architecture",
        recipe ? parts[0].substring(RECIPE.length()) : parts[0]);
    for (String part : Arrays.asList(parts).subList(1, parts.length)) {
      int sign = part.indexOf('=');
      if (sign < 1 || settings.put(part.substring(0, sign), part.substring(sign + 1)) != null) {
        throw new IllegalArgumentException(
            "--architectures " + text + ": must be ARCHITECTURE+KEY=VALUE+KEY=VALUE..., keys once");
      }
    }
    return new PlantedContender(text.strip(), settings);
  }

  /**
   * These options with the contender's.
   *
   * @throws IllegalArgumentException naming the option that is wrong
   */
  TrainOptions options(TrainOptions base) {
    return base.with(settings);
  }
}
