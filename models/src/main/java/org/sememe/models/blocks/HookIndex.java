package org.sememe.models.blocks;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.sememe.models.HookPattern;
import org.sememe.models.HookPoint;

/**
 * A network's hook points in the order a run reaches them, found by name. Other libraries' names
 * for the same places, the paths of modules, are kept as aliases. Filled once by the network that
 * owns it, then only read.
 */
public final class HookIndex {
  private record Place(int ordinal, HookPoint point) {}

  private final Map<String, Place> places = new LinkedHashMap<>();
  private final Map<String, String> aliases = new LinkedHashMap<>();
  private final int layers;

  /**
   * @param layers the network's blocks, for messages
   */
  public HookIndex(int layers) {
    this.layers = layers;
  }

  /** Adds the next point; gives its name back. */
  public String add(String name, int layer, long width) {
    return add(new HookPoint(name, layer, width));
  }

  /** Adds the next point, of attention scores; gives its name back. */
  public String addScores(String name, int layer, long heads) {
    return add(new HookPoint(name, layer, heads, HookPoint.Layout.SCORES));
  }

  private String add(HookPoint point) {
    places.put(point.name(), new Place(places.size(), point));
    return point.name();
  }

  /** Lets a module's path stand for a point: what the module returns is that activation. */
  public void alias(String path, String name) {
    aliases.put(path, name);
  }

  /** All points in order. */
  public List<HookPoint> points() {
    return places.values().stream().map(Place::point).toList();
  }

  /**
   * The point of that name or alias.
   *
   * @throws IllegalArgumentException if there is none, naming near ones
   */
  public HookPoint point(String name) {
    return place(name).point();
  }

  /**
   * The points that a pattern means, in order: a name or an alias, in which {@code *} stands for
   * any characters but a dot.
   *
   * @throws IllegalArgumentException if it means none, naming near ones
   */
  public List<HookPoint> matching(String pattern) {
    HookPattern names = new HookPattern(pattern);
    if (!names.open()) {
      return List.of(point(pattern));
    }
    List<HookPoint> found =
        Stream.concat(
                places.keySet().stream().filter(names::means),
                aliases.keySet().stream().filter(names::means))
            .map(this::place)
            .distinct()
            .sorted(Comparator.comparingInt(Place::ordinal))
            .map(Place::point)
            .toList();
    if (found.isEmpty()) {
      throw unknown(pattern);
    }
    return found;
  }

  /** The point's own name. */
  String canonical(String name) {
    return place(name).point().name();
  }

  /**
   * When a run reaches the point, from 0.
   *
   * @throws IllegalArgumentException if there is none of that name or alias
   */
  public int ordinal(String name) {
    return place(name).ordinal();
  }

  private Place place(String name) {
    Place place = places.get(aliases.getOrDefault(name, name));
    if (place == null) {
      throw unknown(name);
    }
    return place;
  }

  private IllegalArgumentException unknown(String name) {
    return new IllegalArgumentException(
        "no hook point '"
            + name
            + "' in this model of "
            + layers
            + " layers; near: "
            + String.join(", ", near(name)));
  }

  private List<String> near(String name) {
    return Stream.concat(places.keySet().stream(), aliases.keySet().stream())
        .sorted(Comparator.comparingInt(other -> distance(name, other)))
        .limit(3)
        .toList();
  }

  /** Levenshtein distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(change, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
