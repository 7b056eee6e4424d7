package org.sememe.sae.releases;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Dictionaries of a release whose names and paths differ by a layer's number, or one dictionary.
 *
 * @param id the name; {@code {n}} stands for the number
 * @param path in the repository, with a slash at the end where it is a folder
 * @param numbers those that there are; empty for one dictionary without a number
 * @param known what the files do not say
 */
public record Series(String id, String path, List<Range> numbers, Map<String, String> known) {
  private static final String NUMBER = "{n}";
  private static final int MOST_DIGITS = 6;

  /** Whole numbers from the first to the last. */
  public record Range(int first, int last) {
    /** Reads {@code 3} or {@code 0-11}. */
    public static Range parse(String text) {
      String[] ends = text.split("-", 2);
      return new Range(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]));
    }
  }

  public Series {
    numbers = List.copyOf(numbers);
    known = Map.copyOf(known);
  }

  /** The names of all. */
  Stream<String> ids() {
    return numbers.isEmpty()
        ? Stream.of(id)
        : numbers.stream()
            .flatMapToInt(range -> IntStream.rangeClosed(range.first(), range.last()))
            .mapToObj(number -> at(id, number));
  }

  int count() {
    return numbers.isEmpty()
        ? 1
        : numbers.stream().mapToInt(range -> range.last() - range.first() + 1).sum();
  }

  /** The path of the dictionary of that name; empty if it is none of these. */
  Stream<String> path(String name) {
    if (numbers.isEmpty()) {
      return id.equals(name) ? Stream.of(path) : Stream.empty();
    }
    OptionalInt number = number(name);
    return number.isPresent() ? Stream.of(at(path, number.getAsInt())) : Stream.empty();
  }

  private OptionalInt number(String name) {
    int at = id.indexOf(NUMBER);
    String rest = id.substring(at + NUMBER.length());
    if (name.length() <= id.length() - NUMBER.length()
        || !name.startsWith(id.substring(0, at))
        || !name.endsWith(rest)) {
      return OptionalInt.empty();
    }
    String digits = name.substring(at, name.length() - rest.length());
    if (digits.length() > MOST_DIGITS || !digits.matches("0|[1-9]\\d*")) {
      return OptionalInt.empty();
    }
    int number = Integer.parseInt(digits);
    boolean there =
        numbers.stream().anyMatch(range -> range.first() <= number && number <= range.last());
    return there ? OptionalInt.of(number) : OptionalInt.empty();
  }

  private static String at(String text, int number) {
    return text.replace(NUMBER, Integer.toString(number));
  }

  /** How it is listed: a number's range in the place of the number. */
  @Override
  public String toString() {
    String range =
        String.join(
            ",",
            numbers.stream()
                .map(n -> n.first() == n.last() ? "" + n.first() : n.first() + "-" + n.last())
                .toList());
    return id.replace(NUMBER, "{" + range + "}");
  }
}
