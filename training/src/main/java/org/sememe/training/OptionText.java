package org.sememe.training;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.sememe.sae.design.Penalty;
import org.sememe.training.recipes.Recipes;

/** {@link TrainOptions} as text, one key a record component. */
final class OptionText {
  static final String NONE = "none";

  private static final String AUTO = "auto";
  private static final String RECIPE = "recipe";

  /** What may be given as a share of the run, and what is of these types and may not. */
  private static final Set<Class<?>> SHARED = Set.of(long.class, OptionalLong.class);

  private static final Set<String> WHOLE = Set.of("tokens", "seed");

  private static final RecordComponent[] COMPONENTS = TrainOptions.class.getRecordComponents();

  private OptionText() {}

  static TrainOptions with(TrainOptions options, Map<String, String> given) {
    Map<String, String> changes = withRecipe(options, given);
    List<String> keys = Arrays.stream(COMPONENTS).map(c -> key(c.getName())).toList();
    Object[] values = new Object[COMPONENTS.length];
    Class<?>[] types = new Class<?>[COMPONENTS.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = value(options, COMPONENTS[i]);
      types[i] = COMPONENTS[i].getType();
    }
    Map<Integer, Double> shares = new LinkedHashMap<>();
    changes.forEach(
        (key, value) -> {
          int changed = keys.indexOf(key);
          if (changed < 0) {
            throw new IllegalArgumentException(
                "unknown option '%s': known are %s".formatted(key, String.join(", ", keys)));
          }
          if (value.endsWith("%") && SHARED.contains(types[changed]) && !WHOLE.contains(key)) {
            shares.put(changed, share(key, value));
          } else {
            values[changed] = parse(key, types[changed], value);
          }
        });
    long tokens = (Long) values[keys.indexOf("tokens")];
    long batch = (Integer) values[keys.indexOf("batch")];
    shares.forEach(
        (changed, share) -> {
          boolean rows = keys.get(changed).endsWith("-tokens");
          long whole = rows ? tokens : Math.ceilDiv(tokens, Math.max(1, batch));
          long part = (long) (share * whole);
          values[changed] = types[changed] == long.class ? part : OptionalLong.of(part);
        });
    try {
      return TrainOptions.class.getDeclaredConstructor(types).newInstance(values);
    } catch (java.lang.reflect.InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException refused) {
        throw refused;
      }
      throw new IllegalStateException(e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * The changes, with stripped keys and values, and those of a recipe that they name below them.
   */
  private static Map<String, String> withRecipe(TrainOptions options, Map<String, String> given) {
    Map<String, String> changes = new LinkedHashMap<>();
    given.forEach((key, value) -> changes.put(key.strip(), value.strip()));
    String name = changes.getOrDefault(RECIPE, options.recipe());
    if (name.equals(options.recipe())) {
      return changes;
    }
    if (!options.recipe().equals(NONE)) {
      throw new IllegalArgumentException(
          "recipe=%s: these options follow %s already".formatted(name, options.recipe()));
    }
    Map<String, String> all = new LinkedHashMap<>(Recipes.named(name).values());
    all.putAll(changes);
    return all;
  }

  /** The share that a percentage of the run is. */
  private static double share(String key, String text) {
    try {
      double percent = number(text.substring(0, text.length() - 1));
      if (percent >= 0 && percent <= 100) {
        return percent / 100;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("%s=%s: not a percentage".formatted(key, text), e);
    }
    throw new IllegalArgumentException("%s=%s: not from 0%% to 100%%".formatted(key, text));
  }

  static Map<String, String> toMap(TrainOptions options) {
    Map<String, String> map = new LinkedHashMap<>();
    for (RecordComponent component : COMPONENTS) {
      map.put(key(component.getName()), text(value(options, component)));
    }
    return map;
  }

  private static Object value(TrainOptions options, RecordComponent component) {
    try {
      return component.getAccessor().invoke(options);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Object parse(String key, Class<?> type, String text) {
    try {
      return switch (type.getSimpleName()) {
        case "int" -> Integer.parseInt(whole(text));
        case "long" -> Long.parseLong(whole(text));
        case "double" -> number(text);
        case "String" -> text.equals(NONE) ? text : Recipes.named(text).name();
        case "OptionalInt" ->
            text.equals(AUTO) ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(whole(text)));
        case "OptionalLong" ->
            text.equals(AUTO) ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(whole(text)));
        case "OptionalDouble" ->
            text.equals(AUTO) ? OptionalDouble.empty() : OptionalDouble.of(number(text));
        case "Optional" ->
            text.equals(AUTO) ? Optional.empty() : Optional.of(PenaltyText.parse(text));
        case "Prefixes" ->
            text.equals(NONE)
                ? Prefixes.none()
                : new Prefixes(Arrays.stream(text.split(",")).map(OptionText::number).toList());
        default -> constant(type, text);
      };
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("%s=%s: not %s".formatted(key, text, expected(type)), e);
    }
  }

  /** Digits may be grouped: {@code 1_000_000} and {@code 1,000,000} are 1000000. */
  private static String whole(String text) {
    return text.replace("_", "").replace(",", "");
  }

  /** A number, or a fraction such as {@code 1/32}. */
  static double number(String text) {
    int slash = text.indexOf('/');
    double value =
        slash < 0
            ? Double.parseDouble(text)
            : Double.parseDouble(text.substring(0, slash))
                / Double.parseDouble(text.substring(slash + 1));
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(text);
    }
    return value;
  }

  private static Object constant(Class<?> type, String text) {
    return Arrays.stream(type.getEnumConstants())
        .filter(c -> text(c).equals(text))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(text));
  }

  private static String expected(Class<?> type) {
    return switch (type.getSimpleName()) {
      case "int", "long" -> "a whole number";
      case "double" -> "a number";
      case "OptionalInt" -> "a whole number or auto";
      case "OptionalLong" -> "a whole number, a share of the run such as 5%, or auto";
      case "String" -> "the name of a recipe (sememe recipes lists them) or none";
      case "OptionalDouble" -> "a number or auto";
      case "Optional" -> PenaltyText.EXPECTED;
      case "Prefixes" -> "shares that make 1, such as 1/4,1/4,1/2, or none";
      default ->
          "one of "
              + Arrays.stream(type.getEnumConstants())
                  .map(OptionText::text)
                  .collect(Collectors.joining(", "));
    };
  }

  private static String text(Object value) {
    return switch (value) {
      case OptionalInt o -> o.isPresent() ? Integer.toString(o.getAsInt()) : AUTO;
      case OptionalLong o -> o.isPresent() ? Long.toString(o.getAsLong()) : AUTO;
      case Optional<?> o -> o.map(p -> PenaltyText.text((Penalty) p)).orElse(AUTO);
      case OptionalDouble o -> o.isPresent() ? Double.toString(o.getAsDouble()) : AUTO;
      case Enum<?> e -> name(e);
      default -> value.toString();
    };
  }

  /** An enum constant's name in options. */
  static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String key(String component) {
    return component.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
  }
}
