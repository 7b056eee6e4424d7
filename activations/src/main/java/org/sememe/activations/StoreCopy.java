package org.sememe.activations;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.sememe.models.text.Context;

/**
 * Copies contexts with their rows from one store into another. Documents get new ordinals, in the
 * order in which they are met. Memory is a row of each hook point, whatever the stores' size.
 */
final class StoreCopy {
  private final StoreWriter target;
  private final List<String> documentNames = new ArrayList<>();
  private long documents;

  StoreCopy(StoreWriter target) {
    this.target = target;
  }

  /** A writer for stores like {@code manifest}. */
  static StoreWriter writer(Path folder, StoreManifest manifest, long mostRows) {
    SequencedMap<String, Integer> widths = new LinkedHashMap<>();
    manifest.hooks().keySet().forEach(hook -> widths.put(hook, manifest.width(hook)));
    return new StoreWriter(folder, widths, manifest.dtype(), HarvestOptions.SHARD_BYTES, mostRows);
  }

  /** The contexts of one split from {@code first} to before {@code last}. */
  record Range(Split split, int first, int last) {}

  /** Copies the ranges, at most one a split. */
  void copy(ActivationStore source, List<Range> ranges) throws IOException {
    List<String> names = source.documentNames();
    Map<Long, Long> renumbered = new HashMap<>();
    for (Range range : ranges) {
      if (range.first() < range.last()) {
        int base = contexts(source.contexts(range.split()), range, names, renumbered);
        rows(source, range, base);
      }
    }
  }

  private int contexts(
      Contexts contexts, Range range, List<String> names, Map<Long, Long> renumbered) {
    int base = 0;
    for (int i = range.first(); i < range.last(); i++) {
      long[] ordinals = contexts.documents(i);
      for (int t = 0; t < ordinals.length; t++) {
        ordinals[t] = renumbered.computeIfAbsent(ordinals[t], old -> document(old, names));
      }
      int index = target.addContext(range.split(), new Context(contexts.tokens(i), ordinals));
      base = i == range.first() ? index : base;
    }
    return base;
  }

  private long document(long old, List<String> names) {
    if (old >= 0 && old < names.size()) {
      documentNames.add(names.get((int) old));
    }
    return documents++;
  }

  private void rows(ActivationStore source, Range range, int base) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      List<String> hooks = List.copyOf(source.manifest().hooks().keySet());
      List<MemorySegment> row =
          hooks.stream()
              .map(h -> arena.allocate(ValueLayout.JAVA_FLOAT, source.manifest().width(h)))
              .toList();
      for (Shard shard : source.shards(range.split())) {
        MemorySegment ids = shard.contextIds();
        for (long r = 0; r < shard.rows(); r++) {
          long context = ids.getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, r);
          if (context >= range.first() && context < range.last()) {
            for (int h = 0; h < row.size(); h++) {
              shard.copyRows(hooks.get(h), r, 1, row.get(h), 0);
            }
            long position = shard.positions().getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, r);
            target.addRow(
                range.split(), base + (int) (context - range.first()), (int) position, row);
          }
        }
      }
    }
  }

  /** Documents met so far. */
  long documents() {
    return documents;
  }

  /** Writes what is still in memory. */
  void finish() throws IOException {
    target.finish(documentNames);
  }
}
