package org.sememe.activations;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.sememe.tensors.Sha256;

/**
 * Makes one store of several: as if their texts had been harvested one after another, but for
 * contexts, which never join two stores' texts. Documents of equal text fall into the same split
 * everywhere, as the stores share seed and held-out share, so nothing held out is trained on.
 */
public final class StoreMerge {
  private final List<ActivationStore> sources;
  private final StoreManifest like;

  private StoreMerge(List<ActivationStore> sources) {
    this.sources = sources;
    this.like = sources.getFirst().manifest();
  }

  /**
   * Merges the stores into {@code out}, which is made. A merge of the same stores there is used as
   * it is; what an interrupted one left is made anew.
   *
   * @throws IllegalArgumentException for fewer than two stores
   * @throws IOException when stores differ in model, hook points, type, contexts, seed or held-out
   *     share, or two hold the same text; the message names the folder and what differs
   */
  public static HarvestResult merge(List<Path> folders, Path out) throws IOException {
    if (folders.size() < 2) {
      throw new IllegalArgumentException("give two stores or more to merge");
    }
    List<ActivationStore> sources = new ArrayList<>();
    try {
      for (Path folder : folders) {
        sources.add(ActivationStore.open(folder));
      }
      return new StoreMerge(sources).into(out);
    } finally {
      sources.forEach(ActivationStore::close);
    }
  }

  private HarvestResult into(Path out) throws IOException {
    checkAlike();
    String fingerprint = digest(m -> m.fingerprint() + " " + m.textSha256());
    Optional<StoreManifest> there =
        StoreFolder.claim(out, found -> found.fingerprint().equals(fingerprint));
    if (there.isPresent()) {
      return HarvestResult.of(out, there.get(), true);
    }
    long rows = sources.stream().mapToLong(s -> s.manifest().rows()).sum();
    try (StoreWriter writer = StoreCopy.writer(out, like, rows)) {
      StoreCopy copy = new StoreCopy(writer);
      for (ActivationStore source : sources) {
        ActivationStore.writeManifest(out, manifest(writer, copy, fingerprint, false));
        copy.copy(source, whole(source));
      }
      copy.finish();
      StoreManifest merged = manifest(writer, copy, fingerprint, true);
      ActivationStore.writeManifest(out, merged);
      return HarvestResult.of(out, merged, false);
    }
  }

  private static List<StoreCopy.Range> whole(ActivationStore source) {
    List<StoreCopy.Range> ranges = new ArrayList<>();
    for (Split split : Split.values()) {
      int contexts = Math.toIntExact(source.manifest().counts(split).contexts());
      ranges.add(new StoreCopy.Range(split, 0, contexts));
    }
    return ranges;
  }

  private void checkAlike() throws IOException {
    Set<String> texts = new HashSet<>();
    for (ActivationStore source : sources) {
      StoreManifest m = source.manifest();
      require(source, "model", like.model().sha256(), m.model().sha256());
      require(source, "hook points", like.hooks(), m.hooks());
      require(source, "dtype", like.dtype(), m.dtype());
      require(source, "context length", like.contextLength(), m.contextLength());
      require(source, "packing", like.pack(), m.pack());
      require(source, "seed", like.seed(), m.seed());
      require(source, "held-out share", like.heldOutShare(), m.heldOutShare());
      require(source, "keep-sinks", like.keepSinks(), m.keepSinks());
      if (!texts.add(m.textSha256())) {
        throw new IOException(
            source.folder() + ": holds the same text as another of the stores: leave it out");
      }
    }
  }

  private void require(ActivationStore source, String what, Object first, Object other)
      throws IOException {
    if (!first.equals(other)) {
      throw new IOException(
          "%s: its %s is %s, where %s has %s: only stores that agree can be merged"
              .formatted(source.folder(), what, other, sources.getFirst().folder(), first));
    }
  }

  private String digest(Function<StoreManifest, String> part) {
    String all =
        sources.stream().map(s -> part.apply(s.manifest())).collect(Collectors.joining("\n"));
    return Sha256.of(all.getBytes(StandardCharsets.UTF_8));
  }

  private StoreManifest manifest(
      StoreWriter writer, StoreCopy copy, String fingerprint, boolean complete) {
    StoreManifest.Excluded excluded = StoreManifest.Excluded.NONE;
    double seconds = 0;
    for (ActivationStore source : sources) {
      excluded = excluded.plus(source.manifest().excluded());
      seconds += source.manifest().seconds();
    }
    return like.copied(
        sources.stream().flatMap(s -> s.manifest().text().stream()).distinct().toList(),
        copy.documents(),
        digest(StoreManifest::textSha256),
        fingerprint,
        writer,
        excluded,
        seconds,
        complete);
  }
}
