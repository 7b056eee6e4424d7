package org.sememe.training;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Collectors;
import org.sememe.sae.design.OwnPiece;
import org.sememe.sae.design.Penalty;
import org.sememe.sae.design.PieceException;
import org.sememe.sae.design.Pieces;
import org.sememe.training.recipes.Recipes;

/** {@link TrainOptions} as text, one key a record component. */
final class OptionText {
  static final String NONE = "none";

  private static final String AUTO = "auto";
  private static final String RECIPE = "recipe";

  /** What may be given as a share of the run, and what is of these types and may not. */
  private static final Set<Class<?>> SHARED = Set.of(long.class, OptionalLong.class);

  private static final Set<String> WHOLE = Set.of("tokens", "seed");

  private OptionText() {}

  static TrainOptions with(TrainOptions options, Map<String, String> given) {
    Map<String, String> changes = withRecipe(options, given);
    SequencedMap<String, Object> values = values(options);
    Map<String, Class<?>> types = types(TrainOptions.class);
    Map<String, Double> shares = new LinkedHashMap<>();
    changes.forEach(
        (key, value) -> {
          Class<?> type = types.get(key);
          if (type == null) {
            throw new IllegalArgumentException(
                "unknown option '%s': known are %s"
                    .formatted(key, String.join(", ", types.keySet())));
          }
          if (value.endsWith("%") && SHARED.contains(type) && !WHOLE.contains(key)) {
            shares.put(key, share(key, value));
          } else {
            values.put(key, parse(key, type, value));
          }
        });
    long tokens = (Long) values.get("tokens");
    long batch = (Integer) values.get("batch");
    shares.forEach(
        (key, share) -> {
          long whole = key.endsWith("-tokens") ? tokens : Math.ceilDiv(tokens, Math.max(1, batch));
          long part = (long) (share * whole);
          values.put(key, types.get(key) == long.class ? part : OptionalLong.of(part));
        });
    return ((TrainOptions) build(TrainOptions.class, values)).checked();
  }

  private static boolean group(RecordComponent component) {
    return OptionGroup.class.isAssignableFrom(component.getType());
  }

  /** The options' types by their names, those of groups in their place. */
  private static SequencedMap<String, Class<?>> types(Class<?> record) {
    SequencedMap<String, Class<?>> types = new LinkedHashMap<>();
    for (RecordComponent component : record.getRecordComponents()) {
      if (group(component)) {
        types.putAll(types(component.getType()));
      } else {
        types.put(key(component.getName()), type(component));
      }
    }
    return types;
  }

  /** What an {@code Optional} is of, or the type itself. */
  private static Class<?> type(RecordComponent component) {
    return component.getGenericType() instanceof ParameterizedType of
        ? (Class<?>) of.getActualTypeArguments()[0]
        : component.getType();
  }

  private static SequencedMap<String, Object> values(Object record) {
    SequencedMap<String, Object> values = new LinkedHashMap<>();
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      Object value = value(record, component);
      if (group(component)) {
        values.putAll(values(value));
      } else {
        values.put(key(component.getName()), value);
      }
    }
    return values;
  }

  private static Object build(Class<?> record, Map<String, Object> values) {
    RecordComponent[] components = record.getRecordComponents();
    Class<?>[] types = new Class<?>[components.length];
    Object[] arguments = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      types[i] = components[i].getType();
      arguments[i] =
          group(components[i]) ? build(types[i], values) : values.get(key(components[i].getName()));
    }
    try {
      return record.getDeclaredConstructor(types).newInstance(arguments);
    } catch (InvocationTargetException e) {
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
    values(options).forEach((key, value) -> map.put(key, text(value)));
    return map;
  }

  private static Object value(Object record, RecordComponent component) {
    try {
      return component.getAccessor().invoke(record);
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
        case "boolean" -> flag(text);
        case "String" -> text.equals(NONE) ? text : Recipes.named(text).name();
        case "OptionalInt" ->
            text.equals(AUTO) ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(whole(text)));
        case "OptionalLong" ->
            text.equals(AUTO) ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(whole(text)));
        case "OptionalDouble" ->
            text.equals(AUTO) ? OptionalDouble.empty() : OptionalDouble.of(number(text));
        case "Penalty" ->
            text.equals(AUTO) ? Optional.empty() : Optional.of(PenaltyText.parse(text));
        case "OwnPiece" ->
            text.equals(AUTO) ? Optional.empty() : Optional.of(known(OwnPiece.parse(text)));
        case "Budgets" -> Budgets.parse(text);
        case "Prefixes" ->
            text.equals(NONE)
                ? Prefixes.none()
                : new Prefixes(Arrays.stream(text.split(",")).map(OptionText::number).toList());
        default -> constant(type, text);
      };
    } catch (PieceException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("%s=%s: not %s".formatted(key, text, expected(type)), e);
    }
  }

  private static boolean flag(String text) {
    if (!text.equals("true") && !text.equals("false")) {
      throw new IllegalArgumentException(text);
    }
    return text.equals("true");
  }

  /** The activation, if a jar offers it and it takes its options. */
  private static OwnPiece known(OwnPiece piece) {
    Pieces.here().activation(piece);
    return piece;
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
      case "boolean" -> "true or false";
      case "OptionalInt" -> "a whole number or auto";
      case "OptionalLong" -> "a whole number, a share of the run such as 5%, or auto";
      case "String" -> "the name of a recipe (sememe recipes lists them) or none";
      case "OptionalDouble" -> "a number or auto";
      case "Penalty" -> PenaltyText.EXPECTED;
      case "OwnPiece" -> "NAME or NAME:key=value+key=value of a plug-in's piece, or auto";
      case "Budgets" -> "ascending numbers such as 8,16,32, all, or none";
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
      case Optional<?> o -> o.map(OptionText::text).orElse(AUTO);
      case Penalty p -> PenaltyText.text(p);
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
