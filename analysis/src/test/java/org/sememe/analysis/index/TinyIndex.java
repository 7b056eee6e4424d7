package org.sememe.analysis.index;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.sememe.activations.ActivationStore;
import org.sememe.activations.HarvestListener;
import org.sememe.activations.HarvestOptions;
import org.sememe.activations.Harvester;
import org.sememe.activations.Shard;
import org.sememe.activations.Split;
import org.sememe.models.LanguageModel;
import org.sememe.models.Models;
import org.sememe.models.testing.SeededText;
import org.sememe.models.testing.TinyModel;
import org.sememe.models.testing.TinyTokenizer;
import org.sememe.sae.Encoder;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeConfig;
import org.sememe.sae.SparseCodes;
import org.sememe.sae.Sparsity;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;

/** A tiny model, a store of its rows, a random dictionary, and a plain list of what fires where. */
public final class TinyIndex implements AutoCloseable {
  /** The dictionary's hook point. */
  public static final String HOOK = "blocks.1.hook_resid_post";

  /** Its latents. */
  public static final int LATENTS = 60;

  /** Its active latents a row. */
  public static final int K = 5;

  /** A latent that never fires. */
  static final int DEAD = 17;

  private static final int ROWS_AT_ONCE = 2048;

  /** The model's tokenizer. */
  public static final TinyTokenizer TOKENIZER = TinyTokenizer.plain();

  private final Path folder;
  private final LanguageModel model;
  private final ActivationStore store;
  private final Sae sae;
  private final List<Fired> fired = new ArrayList<>();
  private final int[] base = new int[TinyModel.VOCABULARY];
  private int rows;

  /** A firing; {@code row} counts over both splits, held-out ones first. */
  record Fired(
      int latent,
      float value,
      int row,
      int token,
      Split split,
      int context,
      int position,
      long document) {}

  /** Harvests into a folder. */
  public TinyIndex(Path folder) throws IOException {
    Torch.start(2);
    this.folder = folder;
    this.model = Models.open(TinyModel.write(folder.resolve("model"), 3, finalNorm()));
    Path harvested =
        Harvester.harvest(
                model,
                TOKENIZER,
                new SeededText(2, 120, 90),
                folder.resolve("store"),
                HarvestOptions.of(HOOK).withContextLength(20).withHeldOutShare(0.3),
                HarvestListener.none())
            .store();
    this.store = ActivationStore.open(harvested);
    this.sae = dictionary(LATENTS);
    count(Split.HELD_OUT);
    count(Split.TRAIN);
  }

  /** Unlike from place to place, so that leaving it out would show. */
  private static float[] finalNorm() {
    float[] weights = new float[TinyModel.WIDTH];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = 0.5f + i / 8f;
    }
    return weights;
  }

  /** A random dictionary for {@link #HOOK}, whose latent {@link #DEAD} never fires. */
  public static Sae dictionary(int latents) {
    RandomStream random = RandomStream.of(9);
    float[] encoder = new float[latents * TinyModel.WIDTH];
    float[] decoder = new float[encoder.length];
    for (int i = 0; i < encoder.length; i++) {
      encoder[i] = (float) random.nextGaussian();
      decoder[i] = (float) random.nextGaussian();
    }
    float[] bias = new float[latents];
    bias[DEAD] = -1e6f;
    try (PointerScope scope = new PointerScope()) {
      return new Sae(
          new SaeConfig(
              TinyModel.WIDTH, latents, new Sparsity.TopK(K), true, HOOK, "tiny", 1, Map.of()),
          TensorMemory.floats(encoder, latents, TinyModel.WIDTH),
          TensorMemory.floats(bias, latents),
          TensorMemory.floats(decoder, latents, TinyModel.WIDTH),
          TensorMemory.floats(new float[TinyModel.WIDTH], TinyModel.WIDTH),
          Optional.empty());
    }
  }

  /** Encodes in the index's own batches: the last bits of a product depend on its size. */
  private void count(Split split) {
    for (Shard shard : store.shards(split)) {
      try (Arena arena = Arena.ofShared();
          Encoder encoder = new Encoder(sae, ROWS_AT_ONCE)) {
        MemorySegment x =
            arena.allocate(ValueLayout.JAVA_FLOAT, (long) ROWS_AT_ONCE * TinyModel.WIDTH);
        for (long first = 0; first < shard.rows(); first += ROWS_AT_ONCE) {
          int count = (int) Math.min(ROWS_AT_ONCE, shard.rows() - first);
          shard.copyRows(HOOK, first, count, x, 0);
          SparseCodes codes = encoder.encode(x, count);
          for (int row = 0; row < count; row++, rows++) {
            count(split, shard, first + row, codes, row);
          }
        }
      }
    }
  }

  private void count(Split split, Shard shard, long at, SparseCodes codes, int row) {
    int token = (int) shard.tokenIds().getAtIndex(ValueLayout.JAVA_LONG, at);
    base[token]++;
    for (int i = 0; i < codes.k(); i++) {
      if (codes.value(row, i) > 0) {
        fired.add(
            new Fired(
                codes.latent(row, i),
                codes.value(row, i),
                rows,
                token,
                split,
                (int) shard.contextIds().getAtIndex(ValueLayout.JAVA_LONG, at),
                (int) shard.positions().getAtIndex(ValueLayout.JAVA_LONG, at),
                shard.documentIds().getAtIndex(ValueLayout.JAVA_LONG, at)));
      }
    }
  }

  /** Builds an index of that name, stamped "the stamp". */
  Path built(String name, IndexOptions options, IndexListener listener) throws IOException {
    Path file = folder.resolve(name);
    IndexTarget target =
        new IndexTarget(file, "the stamp", folder.resolve(name + "-parts"), "tiny");
    FeatureIndexBuilder.build(sae, store, model, TOKENIZER, target, options, listener);
    return file;
  }

  /** Opens an index that it builds with the defaults. */
  public FeatureIndex open() throws IOException {
    return FeatureIndex.open(built("index.duckdb", IndexOptions.defaults(), IndexListener.none()));
  }

  /** The model; closed with this. */
  public LanguageModel model() {
    return model;
  }

  /** The dictionary; closed with this. */
  public Sae sae() {
    return sae;
  }

  ActivationStore store() {
    return store;
  }

  /** A latent's firings in the order of rows. */
  List<Fired> fired(int latent) {
    return fired.stream().filter(f -> f.latent == latent).toList();
  }

  /** Rows with a token. */
  int base(int token) {
    return base[token];
  }

  /** Rows in all. */
  int rows() {
    return rows;
  }

  @Override
  public void close() {
    sae.close();
    store.close();
    model.close();
  }
}
