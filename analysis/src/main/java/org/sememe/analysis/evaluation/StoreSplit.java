package org.sememe.analysis.evaluation;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.sememe.activations.ActivationStore;
import org.sememe.activations.Contexts;
import org.sememe.activations.Shard;
import org.sememe.activations.Split;
import org.sememe.activations.StoreManifest;
import org.sememe.models.Network;
import org.sememe.tensors.FormatException;

/**
 * One split of a store, as an evaluation reads it; a view, valid while the store is open.
 *
 * @param contextSource gives the split's contexts; asked only once the split is known to hold rows
 */
record StoreSplit(
    Path folder,
    Split split,
    StoreManifest manifest,
    List<Shard> shards,
    Supplier<Contexts> contextSource) {

  static StoreSplit of(ActivationStore store, Split split) {
    return new StoreSplit(
        store.folder(), split, store.manifest(), store.shards(split), () -> store.contexts(split));
  }

  Contexts contexts() {
    return contextSource.get();
  }

  /** Refuses a dictionary of these hook points that this split has no rows for. */
  void requireRowsFor(List<String> hooks, long wanted) {
    if (hooks.isEmpty()) {
      throw new IllegalArgumentException(
          "the dictionary does not say which hook point it belongs to: set it in its cfg.json");
    }
    for (String hook : hooks) {
      if (!manifest.hooks().containsKey(hook)) {
        throw new IllegalArgumentException(
            folder
                + " has no rows of the dictionary's hook point "
                + hook
                + ", only of "
                + String.join(", ", manifest.hooks().keySet())
                + ": harvest it");
      }
      int width = manifest.width(hook);
      if (width != wanted) {
        throw new IllegalArgumentException(
            folder
                + ": rows of "
                + hook
                + " are "
                + width
                + " wide, the dictionary is "
                + wanted
                + " wide: it belongs to another model");
      }
    }
    if (shards.stream().allMatch(shard -> shard.rows() == 0)) {
      throw new IllegalArgumentException(
          folder
              + " has no rows in its split "
              + split.key()
              + ": harvest more text, or with another held-out share");
    }
  }

  /** Refuses a model whose activations these are not: a splice of it would mean nothing. */
  void requireHarvestedFrom(Network model) {
    if (!model.info().sha256().equals(manifest.model().sha256())) {
      throw new IllegalArgumentException(
          folder
              + " was harvested from "
              + manifest.model().name()
              + " ("
              + manifest.model().path()
              + "), not from the weights in "
              + model.info().path()
              + ": give that model, or none");
    }
  }

  /** The first rows of hook points that are read and of those to reconstruct. */
  StoreRows rows(List<String> inputs, List<String> targets, long most) {
    return new StoreRows(folder, shards, hooks(inputs), hooks(targets), most);
  }

  private StoreHooks hooks(List<String> names) {
    return new StoreHooks(names, names.stream().map(manifest::width).toList());
  }

  /**
   * Of {@code most} contexts, evenly over the split, those that have something to predict, in
   * order. Not the first ones: texts begin with one document, one folder, one letter.
   *
   * @throws FormatException when a row names a context or a position that is not there
   */
  List<SpliceContext> spliceContexts(int most, Prediction prediction) throws IOException {
    Contexts contexts = contexts();
    int count = Math.min(most, contexts.count());
    List<BitSet> rows = IntStream.range(0, count).mapToObj(i -> new BitSet()).toList();
    for (Shard shard : shards) {
      MemorySegment ids = shard.contextIds();
      MemorySegment positions = shard.positions();
      for (long row = 0; row < shard.rows(); row++) {
        long context = ids.getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, row);
        long position = positions.getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, row);
        requirePlace(contexts, shard, row, context, position);
        long place = Math.ceilDiv(context * count, contexts.count());
        if (place < count && chosen(place, count, contexts) == context) {
          rows.get((int) place).set((int) position);
        }
      }
    }
    List<SpliceContext> found = new ArrayList<>();
    for (int place = 0; place < count; place++) {
      int context = chosen(place, count, contexts);
      SpliceContext one = new SpliceContext(context, contexts.length(context), rows.get(place));
      if (prediction.asks(one)) {
        found.add(one);
      }
    }
    if (found.isEmpty()) {
      throw new IllegalArgumentException(
          folder
              + ": "
              + count
              + " contexts of "
              + split.key()
              + " have no position with a row and a next token: take more contexts, or no model");
    }
    return found;
  }

  /** The context at a place of {@code count} that lie evenly. */
  private static int chosen(long place, int count, Contexts contexts) {
    return (int) (place * contexts.count() / count);
  }

  private void requirePlace(Contexts contexts, Shard shard, long row, long context, long position)
      throws FormatException {
    if (context < 0
        || context >= contexts.count()
        || position < 0
        || position >= contexts.length((int) context)) {
      throw new FormatException(
          folder.resolve(shard.file()),
          0,
          "row "
              + row
              + " belongs to position "
              + position
              + " of context "
              + context
              + ", which the store does not have: harvest again");
    }
  }
}
