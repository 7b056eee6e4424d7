package org.sememe.sae.formats;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a person knows of a dictionary that its files do not say. Only read where the files are
 * silent, but for {@code hook}, which also chooses among several dictionaries.
 *
 * @param values by name, see {@link #NAMES}
 */
public record LoadOptions(Map<String, String> values) {
  /** Latents active a row. */
  public static final String K = "k";

  /** What inputs were multiplied by in training. */
  public static final String NORM_SCALING_FACTOR = "norm_scaling_factor";

  /** The hook point, or the folder of one of several dictionaries. */
  public static final String HOOK = "hook";

  /** The model's name. */
  public static final String MODEL = "model";

  /** Which class of dictionary_learning it is, where there is no configuration. */
  public static final String DICT_CLASS = "dict_class";

  /** The names that are known, with what they mean. */
  public static final Map<String, String> NAMES =
      Collections.unmodifiableMap(
          new TreeMap<>(
              Map.of(
                  K, "latents active a row",
                  NORM_SCALING_FACTOR, "what inputs were multiplied by in training",
                  DICT_CLASS, "AutoEncoderTopK or BatchTopKSAE",
                  HOOK, "the hook point, or which of several dictionaries",
                  MODEL, "the model's name")));

  /** No options. */
  public static final LoadOptions NONE = new LoadOptions(Map.of());

  public LoadOptions {
    values = Map.copyOf(values);
    SortedSet<String> unknown = new TreeSet<>(values.keySet());
    unknown.removeAll(NAMES.keySet());
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "option " + unknown.first() + " is not known: there are " + NAMES.keySet());
    }
  }

  /** A text. */
  public Optional<String> text(String name) {
    return Optional.ofNullable(values.get(name)).filter(value -> !value.isBlank());
  }

  /**
   * A whole number of 1 or above.
   *
   * @throws IllegalArgumentException if it is another
   */
  public Optional<Integer> count(String name) {
    return text(name)
        .map(
            value -> {
              double number = parse(name, value);
              if (number != Math.rint(number) || number > Integer.MAX_VALUE) {
                throw new IllegalArgumentException(name + " is " + value + ", need a whole number");
              }
              return (int) number;
            });
  }

  /**
   * A number above 0.
   *
   * @throws IllegalArgumentException if it is another
   */
  public Optional<Double> number(String name) {
    return text(name).map(value -> parse(name, value));
  }

  private static double parse(String name, String value) {
    try {
      double number = Double.parseDouble(value);
      if (number > 0 && Double.isFinite(number)) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(name + " is " + value + ", need a number", e);
    }
    throw new IllegalArgumentException(name + " is " + value + ", need a number above 0");
  }
}
