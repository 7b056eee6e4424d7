package org.sememe.activations;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import org.sememe.models.text.Context;

/**
 * Writes a store's contexts and rows: shards as they fill, the contexts' files at the end. The
 * manifest is its caller's. Owns its memory. One thread at a time.
 */
final class StoreWriter implements AutoCloseable {
  private final Path folder;
  private final Map<Split, Part> parts = new EnumMap<>(Split.class);

  /** What is known of one split so far. */
  private static final class Part {
    final ShardWriter writer;
    final List<Context> contexts = new ArrayList<>();
    final Set<Long> documents = new HashSet<>();
    long rows;
    long tokens;

    Part(ShardWriter writer) {
      this.writer = writer;
    }

    StoreManifest.Counts counts() {
      return new StoreManifest.Counts(rows, contexts.size(), documents.size(), tokens);
    }
  }

  /**
   * A writer into {@code folder}, which exists.
   *
   * @param widths hook point to its width, in order
   * @param shardBytes bytes in a full shard, about
   * @param mostRows rows that are expected at most: a shard is no larger
   */
  StoreWriter(
      Path folder,
      SequencedMap<String, Integer> widths,
      StoreType dtype,
      long shardBytes,
      long mostRows) {
    this.folder = folder;
    long rowBytes =
        widths.values().stream().mapToLong(w -> (long) w * dtype.bytes()).sum()
            + ShardFile.COLUMNS.size() * (long) Long.BYTES;
    long most = Math.max(1, Math.min(shardBytes / rowBytes, mostRows));
    // What is added beyond mostRows may need a shard more; that is all.
    int capacity = (int) Math.min(most, Integer.MAX_VALUE / 2);
    for (Split split : Split.values()) {
      parts.put(split, new Part(new ShardWriter(folder, split, widths, dtype, capacity)));
    }
  }

  /** Adds a context; gives its index among those of its split. */
  int addContext(Split split, Context context) {
    Part part = parts.get(split);
    part.contexts.add(context);
    part.tokens += context.tokens().length;
    for (long document : context.documents()) {
      part.documents.add(document);
    }
    return part.contexts.size() - 1;
  }

  /**
   * Adds the row of a token; true if that wrote a shard.
   *
   * @param context the index that {@link #addContext} gave
   * @param row float32 values of each hook point, in order
   */
  boolean addRow(Split split, int context, int position, List<MemorySegment> row)
      throws IOException {
    Part part = parts.get(split);
    part.rows++;
    Context of = part.contexts.get(context);
    return part.writer.add(row, of.tokens()[position], of.documents()[position], position, context);
  }

  /** Writes what is still in memory. */
  void finish(List<String> documentNames) throws IOException {
    for (Map.Entry<Split, Part> part : parts.entrySet()) {
      part.getValue().writer.flush();
      if (!part.getValue().contexts.isEmpty()) {
        ContextsFile.write(folder, part.getKey(), part.getValue().contexts);
      }
    }
    ActivationStore.writeDocumentNames(folder, documentNames);
  }

  /** Rows so far, over both splits. */
  long rows() {
    return parts.values().stream().mapToLong(part -> part.rows).sum();
  }

  /** Tokens so far, with those that have no row, over both splits. */
  long tokens() {
    return parts.values().stream().mapToLong(part -> part.tokens).sum();
  }

  /** What each split holds so far, by its name. */
  SequencedMap<String, StoreManifest.Counts> counts() {
    Map<Split, StoreManifest.Counts> counts = new EnumMap<>(Split.class);
    parts.forEach((split, part) -> counts.put(split, part.counts()));
    return StoreManifest.countsBySplit(counts);
  }

  /** The shards written so far. */
  List<StoreManifest.ShardEntry> shards() {
    return parts.values().stream().flatMap(part -> part.writer.written().stream()).toList();
  }

  @Override
  public void close() {
    parts.values().forEach(part -> part.writer.close());
  }
}
