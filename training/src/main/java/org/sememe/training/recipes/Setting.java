package org.sememe.training.recipes;

/**
 * One option of training that a recipe sets.
 *
 * @param key the option's textual name
 * @param value its value as text, as {@code --set} takes it
 * @param origin where it comes from
 * @param source the same in words: which section, which library, or why it was chosen
 */
public record Setting(String key, String value, Origin origin, String source) {
  public Setting {
    if (key.isBlank() || value.isBlank() || source.isBlank()) {
      throw new IllegalArgumentException(
          "a setting needs key, value and source: " + key + "=" + value + " (" + source + ")");
    }
  }
}
