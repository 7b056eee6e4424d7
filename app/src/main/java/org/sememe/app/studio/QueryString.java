package org.sememe.app.studio;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.sememe.analysis.index.FeatureQuery;
import org.sememe.analysis.index.FeatureQuery.Range;
import org.sememe.analysis.index.FeatureQuery.Sort;
import org.sememe.analysis.index.FeatureQuery.Status;

/** {@link FeatureQuery} as a query string says it. */
final class QueryString {
  private QueryString() {}

  /**
   * Reads a query string's values.
   *
   * @throws IllegalArgumentException naming the value that is wrong and what it may be
   */
  static FeatureQuery parse(Function<String, Optional<String>> values) {
    String search = values.apply("q").orElse("");
    if (search.length() > 200) {
      throw new IllegalArgumentException("q: at most 200 characters");
    }
    Sort sort = choice(values, "sort", Sort.class, Sort.DENSITY);
    Status status = choice(values, "status", Status.class, Status.ALIVE);
    String order = values.apply("order").orElse("desc");
    if (!order.equals("asc") && !order.equals("desc")) {
      throw new IllegalArgumentException("order: asc or desc");
    }
    FeatureQuery query =
        new FeatureQuery(
            search,
            sort,
            order.equals("desc"),
            status,
            range(values, "density"),
            range(values, "norm"),
            whole(values, "offset", 0, 0, Integer.MAX_VALUE),
            (int) whole(values, "limit", 50, 1, FeatureQuery.MOST));
    return values.apply("latents").map(named -> query.within(latents(named))).orElse(query);
  }

  private static Set<Integer> latents(String named) {
    if (!named.matches("[0-9]{1,9}(,[0-9]{1,9}){0,999}")) {
      throw new IllegalArgumentException("latents: at most 1,000 numbers with commas between");
    }
    return Arrays.stream(named.split(",")).map(Integer::valueOf).collect(Collectors.toSet());
  }

  private static <E extends Enum<E>> E choice(
      Function<String, Optional<String>> values, String name, Class<E> type, E otherwise) {
    Optional<String> value = values.apply(name);
    if (value.isEmpty()) {
      return otherwise;
    }
    return Arrays.stream(type.getEnumConstants())
        .filter(e -> e.name().toLowerCase(Locale.ROOT).equals(value.get()))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    name
                        + ": one of "
                        + Arrays.stream(type.getEnumConstants())
                            .map(e -> e.name().toLowerCase(Locale.ROOT))
                            .collect(Collectors.joining(", "))));
  }

  private static Range range(Function<String, Optional<String>> values, String name) {
    return new Range(real(values, name + "_min"), real(values, name + "_max"));
  }

  private static OptionalDouble real(Function<String, Optional<String>> values, String name) {
    Optional<String> value = values.apply(name);
    if (value.isEmpty()) {
      return OptionalDouble.empty();
    }
    try {
      double number = Double.parseDouble(value.get());
      if (Double.isFinite(number)) {
        return OptionalDouble.of(number);
      }
    } catch (NumberFormatException e) {
      // Answered below, as infinity and NaN are.
    }
    throw new IllegalArgumentException(name + ": a number");
  }

  private static long whole(
      Function<String, Optional<String>> values, String name, long otherwise, long low, long high) {
    Optional<String> value = values.apply(name);
    if (value.isEmpty()) {
      return otherwise;
    }
    try {
      long number = Long.parseLong(value.get());
      if (number >= low && number <= high) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Answered below, as a number out of range is.
    }
    throw new IllegalArgumentException(name + ": a whole number from " + low + " to " + high);
  }
}
