package org.sememe.training.recipes;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;

/** The recipes that come with the program, each in a file of its name beside this class. */
public final class Recipes {
  private static final List<String> NAMES =
      List.of(
          "anthropic-2023",
          "anthropic-2024-04",
          "anthropic-2025-01",
          "openai-topk",
          "deepmind-gated",
          "deepmind-jumprelu",
          "batchtopk",
          "matryoshka-batchtopk",
          "p-anneal",
          "sparsify",
          "end-to-end");

  private Recipes() {}

  /** All, by family and year. */
  public static List<Recipe> all() {
    return NAMES.stream().map(Recipes::read).toList();
  }

  /**
   * The recipe of a name.
   *
   * @throws IllegalArgumentException naming those that there are
   */
  public static Recipe named(String name) {
    if (!NAMES.contains(name)) {
      throw new IllegalArgumentException(
          "no recipe '%s': there are %s".formatted(name, String.join(", ", NAMES)));
    }
    return read(name);
  }

  private static Recipe read(String name) {
    String file = name + ".json";
    try (InputStream in = Objects.requireNonNull(Recipes.class.getResourceAsStream(file), file)) {
      return new ObjectMapper().readValue(in, Recipe.class);
    } catch (IOException e) {
      throw new UncheckedIOException(file, e);
    }
  }
}
