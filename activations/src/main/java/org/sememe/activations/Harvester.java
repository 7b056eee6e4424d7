package org.sememe.activations;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Stream;
import org.sememe.activations.ContextRows.Verdict;
import org.sememe.activations.ContextStream.SplitContext;
import org.sememe.activations.RunAhead.Group;
import org.sememe.models.Network;
import org.sememe.models.text.Context;
import org.sememe.models.text.TextSource;
import org.sememe.models.tokenizer.Tokenizer;
import org.sememe.tensors.Sha256;

/** Runs a text through a model and keeps its activations in a store. One harvest an instance. */
public final class Harvester implements AutoCloseable {
  private static final String OWN_FILES =
      "(contexts-)?(train|held_out)[-0-9]*\\.safetensors|documents\\.json|\\..*\\.tmp";

  private final Network model;
  private final Tokenizer tokenizer;
  private final TextSource text;
  private final Path folder;
  private final HarvestOptions options;
  private final String fingerprint;
  private final SequencedMap<String, Integer> widths = new LinkedHashMap<>();
  private final Map<Split, Part> parts = new EnumMap<>(Split.class);
  private final long start = System.nanoTime();
  private StoreManifest.Excluded excluded = StoreManifest.Excluded.NONE;
  private long tokens;

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
    long rowBytes =
        widths.values().stream().mapToLong(w -> (long) w * options.dtype().bytes()).sum()
            + ShardFile.COLUMNS.size() * (long) Long.BYTES;
    long most = Math.max(1, Math.min(options.shardBytes() / rowBytes, options.tokens()));
    // What the last context has beyond the budget may need a shard more; that is all.
    int capacity = (int) Math.min(most, Integer.MAX_VALUE / 2);
    for (Split split : Split.values()) {
      parts.put(split, new Part(new ShardWriter(folder, split, widths, options.dtype(), capacity)));
    }
  }

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
    if (ActivationStore.exists(folder)) {
      StoreManifest found = ActivationStore.readManifest(folder);
      if (found.complete()) {
        if (!found.fingerprint().equals(fingerprint)
            || !found.textSha256().equals(ContextStream.textSha256(text, found.textDocuments()))) {
          throw new IOException(
              folder + ": holds a store of another model, text or options: give another folder");
        }
        ActivationStore.open(folder).close();
        return HarvestResult.of(folder, found, true);
      }
      deleteOwnFiles(folder);
    } else if (Files.exists(folder) && !empty(folder)) {
      throw new IOException(folder + ": is not empty and holds no store: give another folder");
    }
    Files.createDirectories(folder);
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
      if (tokens == 0) {
        throw new IOException(text.name() + ": no text in it");
      }
      for (Map.Entry<Split, Part> part : parts.entrySet()) {
        part.getValue().writer.flush();
        if (!part.getValue().contexts.isEmpty()) {
          ContextsFile.write(folder, part.getKey(), part.getValue().contexts);
        }
      }
      ActivationStore.writeDocumentNames(folder, stream.documentNames());
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
      Part part = parts.get(group.get(i).split());
      Context context = group.get(i).context();
      ordinals[i] = part.contexts.size();
      part.contexts.add(context);
      part.tokens += context.tokens().length;
      for (long document : context.documents()) {
        part.documents.add(document);
      }
      tokens += context.tokens().length;
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
    Part part = parts.get(at.split());
    part.rows++;
    Context context = at.context();
    try {
      return part.writer.add(
          row, context.tokens()[position], context.documents()[position], position, ordinal);
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
    long rows = parts.values().stream().mapToLong(part -> part.rows).sum();
    return new HarvestProgress(
        tokens, options.tokens(), rows, excluded.sinks(), tokens / seconds());
  }

  private StoreManifest manifest(ContextStream stream, boolean complete) {
    SequencedMap<String, StoreManifest.Hook> hooks = new LinkedHashMap<>();
    widths.forEach((hook, width) -> hooks.put(hook, new StoreManifest.Hook(width)));
    Map<Split, StoreManifest.Counts> counts = new EnumMap<>(Split.class);
    parts.forEach((split, part) -> counts.put(split, part.counts()));
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
        StoreManifest.countsBySplit(counts),
        excluded,
        excluded.sinks(),
        parts.values().stream().flatMap(part -> part.writer.written().stream()).toList(),
        seconds(),
        complete);
  }

  private static String fingerprint(Network model, TextSource text, HarvestOptions options) {
    String all = model.info().sha256() + "\n" + text.name() + "\n" + options;
    return Sha256.of(all.getBytes(StandardCharsets.UTF_8));
  }

  private static boolean empty(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.findAny().isEmpty();
    }
  }

  private static void deleteOwnFiles(Path folder) throws IOException {
    List<Path> own;
    try (Stream<Path> files = Files.list(folder)) {
      own = files.filter(file -> file.getFileName().toString().matches(OWN_FILES)).toList();
    }
    for (Path file : own) {
      Files.delete(file);
    }
    Files.delete(folder.resolve(ActivationStore.MANIFEST));
  }

  @Override
  public void close() {
    parts.values().forEach(part -> part.writer.close());
  }
}
