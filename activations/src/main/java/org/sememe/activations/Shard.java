package org.sememe.activations;

import java.lang.foreign.MemorySegment;

/**
 * One shard of a store, mapped from its file. Row i of every tensor belongs to the same token.
 *
 * <p>Segments are read-only views of the mapping, valid until the {@link ActivationStore} closes
 * (then using them throws). Safe for any number of threads.
 */
public interface Shard {
  /** File name in the store's folder. */
  String file();

  /** The file's SHA-256, as the manifest gives it. */
  String sha256();

  /** The split it belongs to. */
  Split split();

  /** Rows n of every tensor. */
  long rows();

  /** How activations are kept. */
  StoreType dtype();

  /** Values a row of {@code hook}. */
  int width(String hook);

  /**
   * The activations where they lie, {@code [n, width]} float32, row-major.
   *
   * @throws IllegalArgumentException when the store has no such hook
   * @throws IllegalStateException when the store keeps a narrower type: use {@link #copyRows}
   */
  MemorySegment activations(String hook);

  /**
   * Copies rows {@code first} to {@code first + count}, widened to float32, into {@code target}
   * from its byte {@code targetOffset} on. Works for every {@link #dtype}.
   */
  void copyRows(String hook, long first, long count, MemorySegment target, long targetOffset);

  /** The token's id, int64 {@code [n]}. */
  MemorySegment tokenIds();

  /** The ordinal of the document in its text source, int64 {@code [n]}. */
  MemorySegment documentIds();

  /** The position in the context, from 0, int64 {@code [n]}. */
  MemorySegment positions();

  /** The context's index in {@link Contexts} of the same split, int64 {@code [n]}. */
  MemorySegment contextIds();
}
