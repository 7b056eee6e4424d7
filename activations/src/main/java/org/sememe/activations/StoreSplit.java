package org.sememe.activations;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.sememe.tensors.Sha256;

/**
 * Cuts a store into several of about equal size, such as one for each machine: each takes a run of
 * neighbouring contexts of either split, and is a store of its own.
 */
public final class StoreSplit {
  private final ActivationStore source;
  private final int parts;

  private StoreSplit(ActivationStore source, int parts) {
    this.source = source;
    this.parts = parts;
  }

  /**
   * Writes the parts to {@code out/part-0}, {@code out/part-1} and so on. A part that is there
   * already, from the same store and number of parts, is used as it is.
   *
   * @return what each part holds, in order
   * @throws IllegalArgumentException when {@code parts} is below 2 or above the contexts to train
   *     on
   * @throws IOException when a folder holds something else, naming it
   */
  public static List<HarvestResult> split(Path folder, int parts, Path out) throws IOException {
    try (ActivationStore source = ActivationStore.open(folder)) {
      long contexts = source.manifest().counts(Split.TRAIN).contexts();
      if (parts < 2 || parts > contexts) {
        throw new IllegalArgumentException(
            "parts: %d is not from 2 to the %d contexts of %s".formatted(parts, contexts, folder));
      }
      StoreSplit split = new StoreSplit(source, parts);
      List<HarvestResult> results = new ArrayList<>();
      for (int part = 0; part < parts; part++) {
        results.add(split.part(part, out.resolve("part-" + part)));
      }
      return results;
    }
  }

  private HarvestResult part(int part, Path out) throws IOException {
    StoreManifest whole = source.manifest();
    String fingerprint = digest(part, whole.fingerprint() + " " + whole.textSha256());
    Optional<StoreManifest> there =
        StoreFolder.claim(out, found -> found.fingerprint().equals(fingerprint));
    if (there.isPresent()) {
      return HarvestResult.of(out, there.get(), true);
    }
    try (StoreWriter writer = StoreCopy.writer(out, whole, whole.rows())) {
      StoreCopy copy = new StoreCopy(writer);
      ActivationStore.writeManifest(out, manifest(part, writer, copy, fingerprint, false));
      copy.copy(source, ranges(part));
      copy.finish();
      StoreManifest written = manifest(part, writer, copy, fingerprint, true);
      ActivationStore.writeManifest(out, written);
      return HarvestResult.of(out, written, false);
    }
  }

  private List<StoreCopy.Range> ranges(int part) {
    List<StoreCopy.Range> ranges = new ArrayList<>();
    for (Split split : Split.values()) {
      long contexts = source.manifest().counts(split).contexts();
      ranges.add(
          new StoreCopy.Range(
              split, (int) (contexts * part / parts), (int) (contexts * (part + 1) / parts)));
    }
    return ranges;
  }

  private String digest(int part, String of) {
    return Sha256.of(
        "part %d of %d: %s".formatted(part, parts, of).getBytes(StandardCharsets.UTF_8));
  }

  private StoreManifest manifest(
      int part, StoreWriter writer, StoreCopy copy, String fingerprint, boolean complete) {
    StoreManifest whole = source.manifest();
    return whole.copied(
        whole.text(),
        copy.documents(),
        digest(part, whole.textSha256()),
        fingerprint,
        writer,
        excluded(writer),
        whole.seconds() * writer.tokens() / whole.tokens(),
        complete);
  }

  /**
   * Why tokens have no row is kept for the whole store only: of a part, first positions are known,
   * and the rest is shared out as in the whole, so that sinks and non-finite rows stay apart.
   */
  private StoreManifest.Excluded excluded(StoreWriter writer) {
    StoreManifest.Excluded all = source.manifest().excluded();
    long left = writer.tokens() - writer.rows();
    long contexts =
        writer.counts().values().stream().mapToLong(StoreManifest.Counts::contexts).sum();
    long first = source.manifest().keepSinks() ? 0 : Math.min(left, contexts);
    long others = all.special() + all.norm() + all.nonFinite();
    if (others == 0) {
      return new StoreManifest.Excluded(left, 0, 0, 0);
    }
    long rest = left - first;
    long special = rest * all.special() / others;
    long nonFinite = rest * all.nonFinite() / others;
    return new StoreManifest.Excluded(first, special, rest - special - nonFinite, nonFinite);
  }
}
