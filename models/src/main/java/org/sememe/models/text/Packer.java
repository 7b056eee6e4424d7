package org.sememe.models.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Puts documents behind one another, with the separator between them, and cuts the stream into
 * contexts of a fixed length; each begins with the BOS token if the model was trained so. Not
 * thread-safe.
 */
public final class Packer {
  private final int length;
  private final OptionalInt bos;
  private final OptionalInt separator;
  private int[] tokens;
  private long[] documents;
  private int filled;
  private boolean begun;
  private long lastDocument;

  /**
   * A packer.
   *
   * @param length tokens in a context, BOS included, at least 2
   * @param bos id in front of each context, if there is one
   * @param separator id between two documents, if there is one
   */
  public Packer(int length, OptionalInt bos, OptionalInt separator) {
    if (length < 2) {
      throw new IllegalArgumentException("context length: " + length + " is below 2");
    }
    this.length = length;
    this.bos = bos;
    this.separator = separator;
    this.tokens = new int[length];
    this.documents = new long[length];
  }

  /** Adds a document and gives the contexts that it completes. */
  public List<Context> add(long document, int[] ids) {
    List<Context> whole = new ArrayList<>();
    if (ids.length == 0) {
      return whole;
    }
    if (begun && separator.isPresent()) {
      put(separator.getAsInt(), lastDocument, whole);
    }
    begun = true;
    lastDocument = document;
    for (int id : ids) {
      put(id, document, whole);
    }
    return whole;
  }

  private void put(int id, long document, List<Context> whole) {
    if (filled == 0 && bos.isPresent()) {
      tokens[0] = bos.getAsInt();
      documents[0] = document;
      filled = 1;
    }
    tokens[filled] = id;
    documents[filled++] = document;
    if (filled == length) {
      whole.add(new Context(tokens, documents));
      tokens = new int[length];
      documents = new long[length];
      filled = 0;
    }
  }

  /** The last context, which is not full; empty if nothing is left. The packer starts anew. */
  public Optional<Context> rest() {
    Optional<Context> rest =
        filled == 0
            ? Optional.empty()
            : Optional.of(
                new Context(Arrays.copyOf(tokens, filled), Arrays.copyOf(documents, filled)));
    filled = 0;
    begun = false;
    return rest;
  }
}
