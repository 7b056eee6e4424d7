package org.sememe.activations;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.sememe.activations.ContextRows.Verdict;
import org.sememe.activations.ContextStream.SplitContext;
import org.sememe.activations.RunAhead.Group;
import org.sememe.models.Network;
import org.sememe.models.text.TextSource;
import org.sememe.models.tokenizer.Tokenizer;
import org.sememe.tensors.Sha256;

/** Runs a text through a model and keeps its activations in a store. One harvest an instance. */
public final class Harvester implements AutoCloseable {
  private final Network model;
  private final Tokenizer tokenizer;
  private final TextSource text;
  private final Path folder;
  private final HarvestOptions options;
  private final String fingerprint;
  private final SequencedMap<String, Integer> widths = new LinkedHashMap<>();
  private final StoreWriter writer;
  private final long start = System.nanoTime();
  private StoreManifest.Excluded excluded = StoreManifest.Excluded.NONE;

  private Harvester(
      Network model,
      Tokenizer tokenizer,
      TextSource text,
      Path folder,
      HarvestOptions options,
      String fingerprint) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.text = text;
    this.folder = folder;
    this.options = options;
    this.fingerprint = fingerprint;
    options.hooks().forEach(h -> widths.put(h, model.hookPoint(h).rowWidth()));
    this.writer =
        new StoreWriter(folder, widths, options.dtype(), options.shardBytes(), options.tokens());
  }

  /**
   * Harvests into {@code folder}, which is made; a complete store of the same model, text and
   * options there is used as it is, and one that an interrupted harvest left is made anew.
   *
   * @param tokenizer the model's; stays the caller's
   * @throws IllegalArgumentException for a hook point the model does not have, or a context longer
   *     than the model's
   * @throws IOException when the folder holds something else, naming it
   */
  public static HarvestResult harvest(
      Network model,
      Tokenizer tokenizer,
      TextSource text,
      Path folder,
      HarvestOptions options,
      HarvestListener listener)
      throws IOException {
    if (options.contextLength() > model.info().contextLength()) {
      throw new IllegalArgumentException(
          "context length: "
              + options.contextLength()
              + " is over the model's "
              + model.info().contextLength());
    }
    String fingerprint = fingerprint(model, text, options);
    Optional<StoreManifest> there =
        StoreFolder.claim(
            folder,
            found ->
                found.fingerprint().equals(fingerprint)
                    && found
                        .textSha256()
                        .equals(ContextStream.textSha256(text, found.textDocuments())));
    if (there.isPresent()) {
      return HarvestResult.of(folder, there.get(), true);
    }
    try (Harvester harvester =
        new Harvester(model, tokenizer, text, folder, options, fingerprint)) {
      return HarvestResult.of(folder, harvester.run(listener), false);
    }
  }

  private StoreManifest run(HarvestListener listener) throws IOException {
    ContextRule rule =
        new ContextRule(
            options.contextLength(), options.pack(), options.heldOutShare(), options.seed());
    try (ContextStream stream = new ContextStream(text, tokenizer, rule)) {
      ActivationStore.writeManifest(folder, manifest(stream, false));
      ContextBatches batches = new ContextBatches(stream, options.batch(), options.heldOutOnly());
      ContextRows rows = new ContextRows(model, tokenizer, options.hooks(), options.keepSinks());
      long placeBytes = widths.values().stream().mapToLong(w -> (long) w * Float.BYTES).sum();
      try (RunAhead runs = new RunAhead(batches, rows, options, placeBytes)) {
        for (Optional<Group> group = runs.next(); group.isPresent(); group = runs.next()) {
          if (add(group.get(), rows)) {
            ActivationStore.writeManifest(folder, manifest(stream, false));
          }
          listener.progress(progress());
        }
      }
      if (writer.tokens() == 0) {
        throw new IOException(text.name() + ": no text in it");
      }
      writer.finish(stream.documentNames());
      StoreManifest whole = manifest(stream, true);
      ActivationStore.writeManifest(folder, whole);
      return whole;
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** Judges some contexts' rows and keeps them; true if a shard was written. */
  private boolean add(Group computed, ContextRows rows) {
    List<SplitContext> group = computed.contexts();
    int[] ordinals = new int[group.size()];
    for (int i = 0; i < ordinals.length; i++) {
      ordinals[i] = writer.addContext(group.get(i).split(), group.get(i).context());
    }
    boolean[] wrote = new boolean[1];
    rows.judge(
        computed.computed(),
        (context, position, verdict, memory) -> {
          if (verdict == Verdict.KEPT) {
            wrote[0] |= keep(group.get(context), ordinals[context], position, memory);
          } else {
            exclude(verdict, group.get(context), position);
          }
        });
    return wrote[0];
  }

  private boolean keep(SplitContext at, int ordinal, int position, List<MemorySegment> row) {
    try {
      return writer.addRow(at.split(), ordinal, position, row);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void exclude(Verdict verdict, SplitContext at, int position) {
    if (verdict == Verdict.NON_FINITE && options.nonFinite() == HarvestOptions.NonFinite.REFUSE) {
      throw new IllegalStateException(
          "a NaN or an infinity in "
              + options.hooks()
              + " at position "
              + position
              + " of document "
              + at.context().documents()[position]);
    }
    excluded =
        excluded.plus(
            switch (verdict) {
              case FIRST_POSITION -> new StoreManifest.Excluded(1, 0, 0, 0);
              case SPECIAL -> new StoreManifest.Excluded(0, 1, 0, 0);
              case NORM -> new StoreManifest.Excluded(0, 0, 1, 0);
              case NON_FINITE -> new StoreManifest.Excluded(0, 0, 0, 1);
              case KEPT -> StoreManifest.Excluded.NONE;
            });
  }

  private double seconds() {
    return (System.nanoTime() - start) / 1e9;
  }

  private HarvestProgress progress() {
    long tokens = writer.tokens();
    return new HarvestProgress(
        tokens, options.tokens(), writer.rows(), excluded.sinks(), tokens / seconds());
  }

  private StoreManifest manifest(ContextStream stream, boolean complete) {
    SequencedMap<String, StoreManifest.Hook> hooks = new LinkedHashMap<>();
    widths.forEach((hook, width) -> hooks.put(hook, new StoreManifest.Hook(width)));
    return new StoreManifest(
        StoreManifest.FORMAT,
        StoreManifest.VERSION,
        new StoreManifest.Model(
            model.info().name(), model.info().path().toString(), model.info().sha256()),
        hooks,
        options.dtype(),
        options.contextLength(),
        options.pack(),
        List.of(text.name()),
        stream.documentsRead(),
        stream.textSha256(),
        options.seed(),
        options.heldOutShare(),
        options.keepSinks(),
        fingerprint,
        writer.counts(),
        excluded,
        excluded.sinks(),
        writer.shards(),
        seconds(),
        complete);
  }

  private static String fingerprint(Network model, TextSource text, HarvestOptions options) {
    String all = model.info().sha256() + "\n" + text.name() + "\n" + options;
    return Sha256.of(all.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    writer.close();
  }
}
