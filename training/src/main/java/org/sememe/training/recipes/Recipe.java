package org.sememe.training.recipes;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A published way to train a dictionary, as far as our training can follow it. It says nothing of
 * the number of latents, of k, of the budget and of the batch. Immutable, thread-safe.
 *
 * @param name as {@code --recipe} takes it
 * @param description in a line
 * @param citation of what it follows
 * @param settings the options that it sets; no key twice
 * @param leftOut what of the publication is not done, a sentence each
 */
public record Recipe(
    String name,
    String description,
    String citation,
    List<Setting> settings,
    @JsonProperty("left_out") List<String> leftOut) {
  public Recipe {
    settings = List.copyOf(settings);
    leftOut = List.copyOf(leftOut);
    if (settings.stream().map(Setting::key).distinct().count() < settings.size()) {
      throw new IllegalArgumentException(name + ": a setting is there twice");
    }
  }

  /** The options that it sets, as text by their names, in order. */
  public Map<String, String> values() {
    Map<String, String> values = new LinkedHashMap<>();
    settings.forEach(setting -> values.put(setting.key(), setting.value()));
    return Collections.unmodifiableMap(values);
  }
}
