package org.sememe.sae.releases;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.sememe.sae.formats.LoadOptions;

/**
 * Dictionaries that were published together.
 *
 * @param name as a user writes it
 * @param model that they belong to
 * @param repository where they lie, {@code OWNER/NAME} on the Hugging Face hub
 * @param licence of the weights as SPDX calls it, where it was verified
 * @param series the dictionaries
 */
public record Release(
    String name, String model, String repository, Optional<String> licence, List<Series> series) {
  public Release {
    series = List.copyOf(series);
  }

  /** How many dictionaries it has. */
  public int count() {
    return series.stream().mapToInt(Series::count).sum();
  }

  /** The names of its dictionaries, in the order of the catalogue. */
  public List<String> ids() {
    return series.stream().flatMap(Series::ids).toList();
  }

  /** The names with ranges of layers, such as {@code blocks.{0-11}.hook_resid_pre}. */
  public List<String> patterns() {
    return series.stream().map(Series::toString).toList();
  }

  /** The dictionary of that name. */
  public Optional<ReleasedDictionary> find(String id) {
    return series.stream()
        .flatMap(
            one ->
                one.path(id)
                    .map(
                        path ->
                            new ReleasedDictionary(
                                name, id, "hf:" + repository + "/" + path, known(one))))
        .findFirst();
  }

  private Map<String, String> known(Series one) {
    Map<String, String> known = new LinkedHashMap<>(one.known());
    known.put(LoadOptions.MODEL, model);
    return known;
  }
}
