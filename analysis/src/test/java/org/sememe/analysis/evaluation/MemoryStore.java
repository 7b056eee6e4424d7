package org.sememe.analysis.evaluation;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.sememe.activations.Contexts;
import org.sememe.activations.Split;
import org.sememe.activations.StoreManifest;
import org.sememe.activations.StoreType;
import org.sememe.models.Forward;
import org.sememe.models.HookPlan;
import org.sememe.models.Network;
import org.sememe.models.TokenBatch;
import org.sememe.tensors.TensorMemory;

/** Held-out splits in memory. */
final class MemoryStore {
  /** Decides which positions have a row. */
  @FunctionalInterface
  interface Kept {
    boolean row(int context, int position);
  }

  private MemoryStore() {}

  /** Rows without contexts, in shards of at most {@code shardRows}. */
  static StoreSplit of(String hook, float[][] x, long[] documents, int shardRows) {
    List<MemoryShard.Row> rows = new ArrayList<>();
    for (int i = 0; i < x.length; i++) {
      rows.add(new MemoryShard.Row(x[i], documents[i], 0, 0));
    }
    int width = x.length == 0 ? 1 : x[0].length;
    return split(hook, width, rows, shardRows, List.of(), new StoreManifest.Model("none", "", ""));
  }

  /** What a harvest of these contexts holds, each context a document of its own. */
  static StoreSplit harvest(Network model, String hook, List<int[]> contexts, Kept kept) {
    List<MemoryShard.Row> rows = new ArrayList<>();
    int width = (int) model.hookPoint(hook).width();
    for (int context = 0; context < contexts.size(); context++) {
      TokenBatch batch = TokenBatch.of(contexts.get(context));
      try (Forward run = model.run(batch, HookPlan.builder().capture(hook).build());
          Tensor activation = run.activation(hook).clone()) {
        float[] all = TensorMemory.floats(activation);
        for (int position = 0; position < batch.length(); position++) {
          if (kept.row(context, position)) {
            float[] x = new float[width];
            System.arraycopy(all, position * width, x, 0, width);
            rows.add(new MemoryShard.Row(x, context, context, position));
          }
        }
      }
    }
    StoreManifest.Model from =
        new StoreManifest.Model(
            model.info().name(), model.info().path().toString(), model.info().sha256());
    return split(hook, width, rows, 10, contexts, from);
  }

  private static StoreSplit split(
      String hook,
      int width,
      List<MemoryShard.Row> rows,
      int shardRows,
      List<int[]> contexts,
      StoreManifest.Model model) {
    List<MemoryShard> shards = new ArrayList<>();
    for (int first = 0; first < rows.size(); first += shardRows) {
      shards.add(
          new MemoryShard(hook, rows.subList(first, Math.min(first + shardRows, rows.size()))));
    }
    LinkedHashMap<String, StoreManifest.Hook> hooks = new LinkedHashMap<>();
    hooks.put(hook, new StoreManifest.Hook(width));
    LinkedHashMap<String, StoreManifest.Counts> counts = new LinkedHashMap<>();
    counts.put(
        Split.HELD_OUT.key(),
        new StoreManifest.Counts(rows.size(), contexts.size(), 1, rows.size() + 5L));
    StoreManifest manifest =
        new StoreManifest(
            StoreManifest.FORMAT,
            StoreManifest.VERSION,
            model,
            hooks,
            StoreType.BF16,
            64,
            true,
            List.of("memory"),
            1,
            "",
            0,
            1,
            false,
            "",
            counts,
            new StoreManifest.Excluded(3, 2, 0, 0),
            5,
            List.of(),
            0,
            true);
    return new StoreSplit(
        Path.of("memory"),
        Split.HELD_OUT,
        manifest,
        List.copyOf(shards),
        () -> new Lists(contexts));
  }

  private record Lists(List<int[]> list) implements Contexts {
    @Override
    public int count() {
      return list.size();
    }

    @Override
    public int contextLength() {
      return list.stream().mapToInt(tokens -> tokens.length).max().orElse(0);
    }

    @Override
    public int length(int context) {
      return list.get(context).length;
    }

    @Override
    public int[] tokens(int context) {
      return list.get(context).clone();
    }

    @Override
    public long[] documents(int context) {
      return new long[length(context)];
    }
  }
}
