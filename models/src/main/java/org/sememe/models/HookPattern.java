package org.sememe.models;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A name of hook points in which {@code *} stands for any characters but a dot, such as {@code
 * blocks.*.hook_mlp_out}.
 */
public record HookPattern(String text) {
  private static final String STAR = "*";

  /** Whether it may mean several. */
  public boolean open() {
    return text.contains(STAR);
  }

  /** What the stars stand for in a name; empty if the name is not meant. */
  public Optional<List<String>> stars(String name) {
    Matcher matcher =
        Pattern.compile(
                Stream.of(text.split("\\*", -1))
                    .map(Pattern::quote)
                    .collect(Collectors.joining("([^.]*)")))
            .matcher(name);
    return matcher.matches()
        ? Optional.of(
            IntStream.rangeClosed(1, matcher.groupCount()).mapToObj(matcher::group).toList())
        : Optional.empty();
  }

  /** Whether a name is meant. */
  public boolean means(String name) {
    return stars(name).isPresent();
  }

  /**
   * The name in which the stars stand for these.
   *
   * @throws IllegalArgumentException if there are not as many
   */
  public String with(List<String> stars) {
    String[] parts = text.split("\\*", -1);
    if (parts.length != stars.size() + 1) {
      throw new IllegalArgumentException(
          "'%s' has %d stars, not %d".formatted(text, parts.length - 1, stars.size()));
    }
    StringBuilder name = new StringBuilder(parts[0]);
    for (int i = 1; i < parts.length; i++) {
      name.append(stars.get(i - 1)).append(parts[i]);
    }
    return name.toString();
  }
}
