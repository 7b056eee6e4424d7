package org.sememe.models.decoder;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sememe.models.HookPoint;

/** A decoder's hook points in the order a run reaches them, found by name. */
final class DecoderHooks {
  /** The names within one block, in order. */
  record BlockNames(
      String residPre,
      String z,
      String attnOut,
      String residMid,
      String mlpPost,
      String mlpOut,
      String residPost) {
    private static BlockNames of(int layer) {
      String block = "blocks." + layer + ".";
      return new BlockNames(
          block + "hook_resid_pre",
          block + "attn.hook_z",
          block + "hook_attn_out",
          block + "hook_resid_mid",
          block + "mlp.hook_post",
          block + "hook_mlp_out",
          block + "hook_resid_post");
    }
  }

  private record Place(int ordinal, HookPoint point) {}

  private final Map<String, Place> places = new LinkedHashMap<>();
  private final List<BlockNames> blocks = new ArrayList<>();
  private final List<HookPoint> points;

  DecoderHooks(DecoderConfig config) {
    int d = config.width();
    add(HookPoint.EMBED, -1, d);
    for (int layer = 0; layer < config.layers(); layer++) {
      BlockNames names = BlockNames.of(layer);
      blocks.add(names);
      add(names.residPre(), layer, d);
      add(names.z(), layer, (long) config.heads() * config.headWidth());
      add(names.attnOut(), layer, d);
      add(names.residMid(), layer, d);
      add(names.mlpPost(), layer, config.mlpWidth());
      add(names.mlpOut(), layer, d);
      add(names.residPost(), layer, d);
    }
    add(HookPoint.LOGITS, config.layers(), config.vocabulary());
    this.points = places.values().stream().map(Place::point).toList();
  }

  List<HookPoint> points() {
    return points;
  }

  HookPoint point(String name) {
    return place(name).point();
  }

  /** The names of one block's points. */
  BlockNames block(int layer) {
    return blocks.get(layer);
  }

  /** When a run reaches the point, from 0. */
  int ordinal(String name) {
    return place(name).ordinal();
  }

  /** The ordinal of the last block's last point. */
  int lastOfBlocks() {
    return ordinal(blocks.getLast().residPost());
  }

  private void add(String name, int layer, long width) {
    places.put(name, new Place(places.size(), new HookPoint(name, layer, width)));
  }

  private Place place(String name) {
    Place place = places.get(name);
    if (place == null) {
      throw new IllegalArgumentException(
          "no hook point '"
              + name
              + "' in this model of "
              + blocks.size()
              + " layers; near: "
              + String.join(", ", near(name)));
    }
    return place;
  }

  private List<String> near(String name) {
    return places.keySet().stream()
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
