package org.sememe.sae.releases;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The releases that are known by name: a data file, {@code releases.json}. Names, models,
 * repositories and paths are those of SAELens 6.54.12's {@code pretrained_saes.yaml}, but for the
 * releases of sparsify, whose names are their repositories'. Releases that need more than this
 * program's formats take are left out. Immutable.
 *
 * @param all in the order of their names
 */
public record Releases(List<Release> all) {
  private static final String FILE = "releases.json";
  private static final int SUGGESTED = 3;

  public Releases {
    all = List.copyOf(all);
  }

  /** Those that come with the program, read anew at each call. */
  public static Releases standard() {
    try (InputStream in = Releases.class.getResourceAsStream(FILE)) {
      JsonNode json = new ObjectMapper().readTree(Objects.requireNonNull(in, FILE));
      List<Release> releases = new ArrayList<>();
      json.path("releases").forEach(release -> releases.add(release(release)));
      return new Releases(releases);
    } catch (IOException e) {
      throw new UncheckedIOException(FILE, e);
    }
  }

  private static Release release(JsonNode json) {
    List<Series> series = new ArrayList<>();
    json.path("dictionaries").forEach(one -> series.add(series(one)));
    return new Release(
        json.path("name").asText(),
        json.path("model").asText(),
        json.path("repository").asText(),
        Optional.of(json.path("licence").asText()).filter(licence -> !licence.isEmpty()),
        series);
  }

  private static Series series(JsonNode json) {
    Map<String, String> known = new LinkedHashMap<>();
    json.path("set").properties().forEach(e -> known.put(e.getKey(), e.getValue().asText()));
    String numbers = json.path("n").asText();
    return new Series(
        json.path("id").asText(),
        json.path("path").asText(),
        Stream.of(numbers.split(",")).filter(n -> !n.isEmpty()).map(Series.Range::parse).toList(),
        known);
  }

  /** The release of that name. */
  public Optional<Release> release(String name) {
    return all.stream().filter(release -> release.name().equals(name)).findFirst();
  }

  /**
   * The dictionary of a name {@code RELEASE/ID}; empty if no release is called so.
   *
   * @throws IllegalArgumentException if there is such a release, without such a dictionary, or with
   *     several and none is named; the message names some
   */
  public Optional<ReleasedDictionary> find(String name) {
    int slash = name.indexOf('/');
    Optional<Release> release = release(slash < 0 ? name : name.substring(0, slash));
    if (release.isEmpty()) {
      return Optional.empty();
    }
    List<String> ids = release.get().ids();
    if (slash < 0) {
      if (ids.size() > 1) {
        throw new IllegalArgumentException(
            "%s has %d dictionaries: name one, such as %s/%s (sememe info %s lists them)"
                .formatted(name, ids.size(), name, ids.get(ids.size() / 2), name));
      }
      return release.get().find(ids.getFirst());
    }
    String id = name.substring(slash + 1);
    Optional<ReleasedDictionary> found = release.get().find(id);
    if (found.isEmpty()) {
      throw new IllegalArgumentException(
          "%s has no dictionary %s: there is %s (sememe info %s lists all %d)"
              .formatted(
                  release.get().name(),
                  id,
                  String.join(", ", nearest(id, ids)),
                  release.get().name(),
                  ids.size()));
    }
    return found;
  }

  /**
   * Names of releases that a name may have meant, the nearest first; none if it is near to none.
   */
  public List<String> suggestions(String name) {
    String wanted = name.indexOf('/') < 0 ? name : name.substring(0, name.indexOf('/'));
    List<String> near =
        all.stream()
            .map(Release::name)
            .filter(
                known ->
                    wanted.length() >= SUGGESTED
                        && (known.contains(wanted)
                            || distance(wanted, known) <= wanted.length() / 4))
            .toList();
    return nearest(wanted, near);
  }

  private static List<String> nearest(String name, List<String> names) {
    return names.stream()
        .sorted(Comparator.comparingInt(known -> distance(name, known)))
        .limit(SUGGESTED)
        .toList();
  }

  /** Insertions, deletions and replacements from one text to the other. */
  private static int distance(String from, String to) {
    int[] row = new int[to.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int replaced = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[to.length()];
  }
}
