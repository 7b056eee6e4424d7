package org.sememe.activations;

import java.util.List;
import java.util.function.Consumer;

/**
 * How to harvest. Start from {@link #of} and change what differs.
 *
 * @param hooks hook points to keep, by name; several are kept row by row beside one another
 * @param contextLength tokens in a full context, at least 2
 * @param tokens tokens to run through the model, over both splits; the context that reaches the
 *     number is the last one. {@link #ALL_TOKENS} reads the text to its end
 * @param batch contexts run at once
 * @param dtype how values are kept
 * @param pack true: documents share contexts; false: one context a document, in order
 * @param heldOutShare share of documents held out, at least 0 and below 1; 0 makes all of them
 *     train
 * @param seed decides which documents are held out
 * @param keepSinks true: every token has a row, sinks and special tokens too
 * @param nonFinite what to do with a row that has a NaN or an infinity
 * @param heldOutOnly true: train documents are passed over, and are not run through the model
 * @param shardBytes a shard is closed before it would exceed this
 */
public record HarvestOptions(
    List<String> hooks,
    int contextLength,
    long tokens,
    int batch,
    StoreType dtype,
    boolean pack,
    double heldOutShare,
    long seed,
    boolean keepSinks,
    NonFinite nonFinite,
    boolean heldOutOnly,
    long shardBytes) {

  /** No limit on tokens. */
  public static final long ALL_TOKENS = Long.MAX_VALUE;

  /** Bytes of a full shard where nothing else is said. */
  static final long SHARD_BYTES = 256L << 20;

  /** What to do with a row that has a NaN or an infinity. It is counted either way. */
  public enum NonFinite {
    /** Leave the row out. */
    SKIP,
    /** Stop with an error that names hook, document and position. */
    REFUSE
  }

  /** Checks the ranges. */
  public HarvestOptions {
    hooks = List.copyOf(hooks);
    require(!hooks.isEmpty(), "hooks: name at least one hook point");
    require(
        hooks.stream().distinct().count() == hooks.size(), "hooks: a name appears twice: " + hooks);
    require(contextLength >= 2, "context length: " + contextLength + " is below 2");
    require(tokens > 0, "tokens: " + tokens + " is not positive");
    require(batch > 0, "batch: " + batch + " is not positive");
    require(
        heldOutShare >= 0 && heldOutShare < 1,
        "held-out share: " + heldOutShare + " is not in [0, 1)");
    require(shardBytes > 0, "shard bytes: " + shardBytes + " is not positive");
  }

  /**
   * The defaults: contexts of 128 packed tokens, the whole text, 16 contexts a batch, float32, a
   * tenth held out, seed 0, sinks left out, non-finite rows skipped, shards of 256 MB.
   */
  public static HarvestOptions of(String... hooks) {
    return new HarvestOptions(
        List.of(hooks),
        128,
        ALL_TOKENS,
        16,
        StoreType.F32,
        true,
        0.1,
        0,
        false,
        NonFinite.SKIP,
        false,
        SHARD_BYTES);
  }

  /** These options with another {@code contextLength}. */
  public HarvestOptions withContextLength(int value) {
    return changed(draft -> draft.contextLength = value);
  }

  /** These options with another {@code tokens}. */
  public HarvestOptions withTokens(long value) {
    return changed(draft -> draft.tokens = value);
  }

  /** These options with another {@code batch}. */
  public HarvestOptions withBatch(int value) {
    return changed(draft -> draft.batch = value);
  }

  /** These options with another {@code dtype}. */
  public HarvestOptions withDtype(StoreType value) {
    return changed(draft -> draft.dtype = value);
  }

  /** These options with another {@code pack}. */
  public HarvestOptions withPack(boolean value) {
    return changed(draft -> draft.pack = value);
  }

  /** These options with another {@code heldOutShare}. */
  public HarvestOptions withHeldOutShare(double value) {
    return changed(draft -> draft.heldOutShare = value);
  }

  /** These options with another {@code seed}. */
  public HarvestOptions withSeed(long value) {
    return changed(draft -> draft.seed = value);
  }

  /** These options with another {@code keepSinks}. */
  public HarvestOptions withKeepSinks(boolean value) {
    return changed(draft -> draft.keepSinks = value);
  }

  /** These options with another {@code nonFinite}. */
  public HarvestOptions withNonFinite(NonFinite value) {
    return changed(draft -> draft.nonFinite = value);
  }

  /** These options with another {@code heldOutOnly}. */
  public HarvestOptions withHeldOutOnly(boolean value) {
    return changed(draft -> draft.heldOutOnly = value);
  }

  /** These options with another {@code shardBytes}. */
  public HarvestOptions withShardBytes(long value) {
    return changed(draft -> draft.shardBytes = value);
  }

  private HarvestOptions changed(Consumer<Draft> change) {
    Draft draft = new Draft(this);
    change.accept(draft);
    return draft.done();
  }

  /** Options that can be changed one by one. */
  private static final class Draft {
    private final List<String> hooks;
    private int contextLength;
    private long tokens;
    private int batch;
    private StoreType dtype;
    private boolean pack;
    private double heldOutShare;
    private long seed;
    private boolean keepSinks;
    private NonFinite nonFinite;
    private boolean heldOutOnly;
    private long shardBytes;

    Draft(HarvestOptions from) {
      hooks = from.hooks;
      contextLength = from.contextLength;
      tokens = from.tokens;
      batch = from.batch;
      dtype = from.dtype;
      pack = from.pack;
      heldOutShare = from.heldOutShare;
      seed = from.seed;
      keepSinks = from.keepSinks;
      nonFinite = from.nonFinite;
      heldOutOnly = from.heldOutOnly;
      shardBytes = from.shardBytes;
    }

    HarvestOptions done() {
      return new HarvestOptions(
          hooks,
          contextLength,
          tokens,
          batch,
          dtype,
          pack,
          heldOutShare,
          seed,
          keepSinks,
          nonFinite,
          heldOutOnly,
          shardBytes);
    }
  }

  private static void require(boolean holds, String problem) {
    if (!holds) {
      throw new IllegalArgumentException(problem);
    }
  }
}
