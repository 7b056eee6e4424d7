package org.sememe.activations;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * What a store says about itself: {@code manifest.json}, rewritten atomically after every shard.
 *
 * @param format always {@value #FORMAT}
 * @param version always {@value #VERSION}
 * @param model the model that was run
 * @param hooks hook point name to its width, in the order of harvest
 * @param dtype how values are kept
 * @param contextLength tokens in a full context
 * @param pack whether documents were packed into full contexts, or had a context each
 * @param text the text sources' names; empty where the rows come from no text ({@link SampleStore})
 * @param textDocuments documents read from the sources
 * @param textSha256 SHA-256 over the names and texts of those documents, in order; of a merged
 *     store over those of its parts
 * @param seed decides which documents are held out
 * @param heldOutShare share of documents held out, 0 to 1
 * @param keepSinks whether sinks and special tokens have rows too
 * @param fingerprint SHA-256 of model, text names and options: equal fingerprints mean equal rows
 * @param splits split name to its counts
 * @param excluded rows left out, by cause
 * @param sinksExcluded {@code excluded.sinks()}
 * @param shards the shards, in the order written
 * @param seconds time spent running the model and writing; of a part of a split store its share
 * @param complete false while harvesting, and after an interrupted harvest
 */
@JsonNaming(SnakeCaseStrategy.class)
public record StoreManifest(
    String format,
    int version,
    Model model,
    SequencedMap<String, Hook> hooks,
    StoreType dtype,
    int contextLength,
    boolean pack,
    List<String> text,
    long textDocuments,
    String textSha256,
    long seed,
    double heldOutShare,
    boolean keepSinks,
    String fingerprint,
    SequencedMap<String, Counts> splits,
    Excluded excluded,
    long sinksExcluded,
    List<ShardEntry> shards,
    double seconds,
    boolean complete) {

  /** The value of {@code format}. */
  public static final String FORMAT = "sememe-store";

  /** The value of {@code version}. */
  public static final int VERSION = 1;

  /** Copies the collections. */
  public StoreManifest {
    hooks = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(hooks));
    splits = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(splits));
    text = List.copyOf(text);
    shards = List.copyOf(shards);
  }

  /**
   * The model behind the activations.
   *
   * @param path where it lay when it was run
   * @param sha256 of its file
   */
  public record Model(String name, String path, String sha256) {}

  /**
   * One hook point.
   *
   * @param width values a row, the d of {@code [n, d]}
   */
  public record Hook(long width) {}

  /**
   * What a split holds.
   *
   * @param rows rows in the shards
   * @param contexts contexts run through the model
   * @param documents documents with at least one token there
   * @param tokens tokens run through the model, with those that got no row
   */
  public record Counts(long rows, long contexts, long documents, long tokens) {
    static final Counts NONE = new Counts(0, 0, 0, 0);
  }

  /**
   * Tokens without a row; each is counted once, under the first cause that applies: position,
   * special token, NaN or infinity, norm. In a part of a split store only the first positions are
   * counted; the others are the part's number, in the proportions of the whole.
   *
   * @param firstPosition at the first position of a context
   * @param special special tokens of the tokenizer, such as the separator between documents
   * @param norm norm over the limit of {@link SinkRule}
   * @param nonFinite a NaN or an infinity in the row
   */
  @JsonNaming(SnakeCaseStrategy.class)
  public record Excluded(long firstPosition, long special, long norm, long nonFinite) {
    static final Excluded NONE = new Excluded(0, 0, 0, 0);

    /** All but the non-finite rows. */
    public long sinks() {
      return firstPosition + special + norm;
    }

    Excluded plus(Excluded other) {
      return new Excluded(
          firstPosition + other.firstPosition,
          special + other.special,
          norm + other.norm,
          nonFinite + other.nonFinite);
    }
  }

  /**
   * One shard file.
   *
   * @param file name in the store's folder
   * @param rows rows of every tensor in it
   * @param bytes the file's size
   * @param sha256 of the file
   */
  public record ShardEntry(String file, Split split, long rows, long bytes, String sha256) {}

  /** The counts of {@code split}; all zero when the store has none of it. */
  public Counts counts(Split split) {
    return splits.getOrDefault(split.key(), Counts.NONE);
  }

  /**
   * Width of {@code hook}.
   *
   * @throws IllegalArgumentException when the store does not hold it
   */
  public int width(String hook) {
    Hook found = hooks.get(hook);
    if (found == null) {
      throw new IllegalArgumentException(
          "the store holds no hook \"" + hook + "\"; it holds " + hooks.keySet());
    }
    return Math.toIntExact(found.width());
  }

  /** Whether a text was read, by a model with tokens. */
  public boolean ofText() {
    return !text.isEmpty();
  }

  /** Rows in the shards, over all splits. */
  public long rows() {
    return splits.values().stream().mapToLong(Counts::rows).sum();
  }

  /** Tokens run through the model, over all splits. */
  public long tokens() {
    return splits.values().stream().mapToLong(Counts::tokens).sum();
  }

  /** Documents with at least one token, over all splits. */
  public long documents() {
    return splits.values().stream().mapToLong(Counts::documents).sum();
  }

  /** The manifest of rows that {@code writer} copied from stores like this one. */
  StoreManifest copied(
      List<String> texts,
      long documents,
      String textDigest,
      String newFingerprint,
      StoreWriter writer,
      Excluded leftOut,
      double modelSeconds,
      boolean whole) {
    return new StoreManifest(
        format,
        version,
        model,
        hooks,
        dtype,
        contextLength,
        pack,
        texts,
        documents,
        textDigest,
        seed,
        heldOutShare,
        keepSinks,
        newFingerprint,
        writer.counts(),
        leftOut,
        leftOut.sinks(),
        writer.shards(),
        modelSeconds,
        whole);
  }

  static SequencedMap<String, Counts> countsBySplit(Map<Split, Counts> counts) {
    SequencedMap<String, Counts> named = new LinkedHashMap<>();
    counts.forEach((split, c) -> named.put(split.key(), c));
    return named;
  }
}
