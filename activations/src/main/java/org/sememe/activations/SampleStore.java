package org.sememe.activations;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.sememe.models.text.Context;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.Sha256;

/**
 * Makes a store of rows that no text gave, such as those of a network that draws pictures. A sample
 * (a picture) stands where a context of a text stands and is a document of its own, its places
 * stand where tokens stand, and its kind (a class) where a token's id stands. All else is as in a
 * store of a text, so that dictionaries are trained and measured on it alike; its list of texts is
 * empty. One thread at a time.
 */
public final class SampleStore {
  private final Path folder;
  private final Plan plan;
  private final StoreWriter writer;
  private final List<String> names = new ArrayList<>();
  private final long start = System.nanoTime();

  /**
   * What is kept.
   *
   * @param model whose rows they are
   * @param widths hook point to its width, in order
   * @param places rows a sample
   * @param samples how many, at most
   * @param drawn how the samples come about, in words and numbers: equal ones are equal samples
   * @param heldOutShare share of samples held out, 0 to 1
   * @param seed decides which
   */
  public record Plan(
      StoreManifest.Model model,
      SequencedMap<String, Integer> widths,
      int places,
      long samples,
      String drawn,
      double heldOutShare,
      long seed) {
    public Plan {
      if (widths.isEmpty() || places < 1 || samples < 1 || !(heldOutShare >= 0 && heldOutShare < 1))
        throw new IllegalArgumentException(
            "%d hook points, %d places, %d samples, held-out share %s: need 1 at least, and a share below 1"
                .formatted(widths.size(), places, samples, heldOutShare));
    }

    private String fingerprint() {
      String all =
          "%s\n%s\n%d %d\n%s\n%s %d"
              .formatted(model.sha256(), widths, places, samples, drawn, heldOutShare, seed);
      return Sha256.of(all.getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Gives the samples, each once, to a sink. */
  @FunctionalInterface
  public interface Samples {
    void into(Sink sink) throws IOException;
  }

  /** Takes samples in. */
  @FunctionalInterface
  public interface Sink {
    /**
     * Adds a sample.
     *
     * @param kind at least 0
     * @param rows float32 {@code [places, width]} of each hook point, in order
     */
    void add(int kind, List<MemorySegment> rows) throws IOException;
  }

  private SampleStore(Path folder, Plan plan) {
    this.folder = folder;
    this.plan = plan;
    this.writer =
        new StoreWriter(
            folder,
            plan.widths,
            StoreType.F32,
            HarvestOptions.SHARD_BYTES,
            Math.multiplyExact(plan.samples, plan.places));
  }

  /**
   * Makes a store in {@code folder}, which is made; a complete store of the same plan there is used
   * as it is, and one that was interrupted is made anew.
   *
   * @throws IOException when the folder holds something else, naming it
   */
  public static HarvestResult write(Path folder, Plan plan, Samples samples) throws IOException {
    Optional<StoreManifest> there =
        StoreFolder.claim(folder, found -> found.fingerprint().equals(plan.fingerprint()));
    if (there.isPresent()) {
      return HarvestResult.of(folder, there.get(), true);
    }
    SampleStore store = new SampleStore(folder, plan);
    try {
      return HarvestResult.of(folder, store.filled(samples), false);
    } finally {
      store.writer.close();
    }
  }

  private StoreManifest filled(Samples samples) throws IOException {
    ActivationStore.writeManifest(folder, manifest(false));
    samples.into(this::add);
    writer.finish(names);
    StoreManifest whole = manifest(true);
    ActivationStore.writeManifest(folder, whole);
    return whole;
  }

  private void add(int kind, List<MemorySegment> rows) throws IOException {
    int[] tokens = new int[plan.places];
    long[] documents = new long[plan.places];
    Arrays.fill(tokens, kind);
    Arrays.fill(documents, names.size());
    RandomStream random = RandomStream.of(plan.seed).stream("split").stream(names.size());
    Split split = random.nextDouble() < plan.heldOutShare ? Split.HELD_OUT : Split.TRAIN;
    names.add("sample " + names.size() + ", kind " + kind);
    int context = writer.addContext(split, new Context(tokens, documents));
    List<Integer> widths = List.copyOf(plan.widths.values());
    boolean wrote = false;
    for (int place = 0; place < plan.places; place++) {
      List<MemorySegment> row = new ArrayList<>(widths.size());
      for (int hook = 0; hook < widths.size(); hook++) {
        long bytes = (long) widths.get(hook) * Float.BYTES;
        row.add(rows.get(hook).asSlice(place * bytes, bytes));
      }
      wrote |= writer.addRow(split, context, place, row);
    }
    if (wrote) {
      ActivationStore.writeManifest(folder, manifest(false));
    }
  }

  private StoreManifest manifest(boolean complete) {
    SequencedMap<String, StoreManifest.Hook> hooks = new LinkedHashMap<>();
    plan.widths.forEach((hook, width) -> hooks.put(hook, new StoreManifest.Hook(width)));
    return new StoreManifest(
        StoreManifest.FORMAT,
        StoreManifest.VERSION,
        plan.model,
        hooks,
        StoreType.F32,
        plan.places,
        false,
        List.of(),
        names.size(),
        plan.fingerprint(),
        plan.seed,
        plan.heldOutShare,
        true,
        plan.fingerprint(),
        writer.counts(),
        StoreManifest.Excluded.NONE,
        0,
        writer.shards(),
        (System.nanoTime() - start) / 1e9,
        complete);
  }
}
