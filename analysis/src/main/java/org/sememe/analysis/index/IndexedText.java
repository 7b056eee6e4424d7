package org.sememe.analysis.index;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.sememe.activations.ActivationStore;
import org.sememe.activations.Contexts;
import org.sememe.activations.Shard;
import org.sememe.activations.Split;

/**
 * The rows that are indexed, where they stand in their contexts, and those contexts: held-out ones
 * first, then train, whole contexts only.
 */
final class IndexedText {
  /** The first rows of a shard. */
  record Piece(Shard shard, int rows) {}

  /** A context that has rows. */
  @SuppressWarnings("ArrayRecordComponent") // goes straight into the index
  record Passage(Split split, int[] tokens, long[] documents) {}

  private static final Split[] ORDER = {Split.HELD_OUT, Split.TRAIN};

  private final List<Piece> pieces = new ArrayList<>();
  private final List<Passage> passages = new ArrayList<>();
  private final int[] passageOf;
  private final int[] positionOf;
  private final long[] baseCounts;
  private final List<String> documentNames;
  private final String origin;
  private int rows;

  private IndexedText(int room, int vocabulary, List<String> documentNames, String origin) {
    this.passageOf = new int[room];
    this.positionOf = new int[room];
    this.baseCounts = new long[vocabulary];
    this.documentNames = documentNames;
    this.origin = origin;
  }

  /**
   * Rows of a store, about {@code most} at most.
   *
   * @param vocabulary number of token ids
   */
  static IndexedText of(ActivationStore store, long most, int vocabulary) throws IOException {
    long all = 0;
    for (Split split : ORDER) {
      all += store.manifest().counts(split).rows();
    }
    int room =
        Math.toIntExact(Math.min(all, Math.min(all, most) + store.manifest().contextLength()));
    String origin = String.join(" + ", store.manifest().text());
    IndexedText text = new IndexedText(room, vocabulary, store.documentNames(), origin);
    for (Split split : ORDER) {
      long last = -1;
      for (Shard shard : store.shards(split)) {
        last = text.add(shard, store.contexts(split), last, most);
      }
    }
    return text;
  }

  /**
   * Every token of a cache's first sequences, about {@code most} at most; each is a document of its
   * own.
   *
   * @param vocabulary number of token ids
   */
  static IndexedText of(DelphiCache cache, long most, int vocabulary) throws IOException {
    long length = Math.max(1, cache.length());
    int sequences = (int) Math.min(cache.sequences(), (most - 1) / length + 1);
    IndexedText text =
        new IndexedText(
            sequences * cache.length(), vocabulary, List.of(), cache.folder().toString());
    for (int sequence = 0; sequence < sequences; sequence++) {
      int[] tokens = cache.tokens(sequence, vocabulary);
      long[] documents = new long[tokens.length];
      Arrays.fill(documents, sequence);
      text.passages.add(new Passage(Split.TRAIN, tokens, documents));
      for (int position = 0; position < tokens.length; position++) {
        text.passageOf[text.rows] = sequence;
        text.positionOf[text.rows++] = position;
        text.baseCounts[tokens[position]]++;
      }
    }
    return text;
  }

  /** Where the text is from. */
  String origin() {
    return origin;
  }

  /** What a document is called. */
  String name(long document) {
    boolean named = document >= 0 && document < documentNames.size();
    return named ? documentNames.get((int) document) : "document " + document;
  }

  /** Adds a shard's rows and gives the last context's number. */
  private long add(Shard shard, Contexts contexts, long before, long most) {
    MemorySegment contextIds = shard.contextIds();
    MemorySegment positions = shard.positions();
    long last = before;
    int taken = 0;
    for (long row = 0; row < shard.rows(); row++) {
      long context = contextIds.getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, row);
      if (context != last) {
        if (rows >= most) {
          break;
        }
        int number = Math.toIntExact(context);
        passages.add(
            new Passage(shard.split(), contexts.tokens(number), contexts.documents(number)));
        last = context;
      }
      int position = Math.toIntExact(positions.getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, row));
      passageOf[rows] = passages.size() - 1;
      positionOf[rows] = position;
      count(passages.getLast().tokens(), position, shard);
      rows++;
      taken++;
    }
    if (taken > 0) {
      pieces.add(new Piece(shard, taken));
    }
    return last;
  }

  private void count(int[] tokens, int position, Shard shard) {
    if (position < 0
        || position >= tokens.length
        || tokens[position] < 0
        || tokens[position] >= baseCounts.length) {
      throw new IllegalArgumentException(
          shard.file() + ": a row's place or token is not of this model: harvest the store again");
    }
    baseCounts[tokens[position]]++;
  }

  /** Number of rows. */
  int rows() {
    return rows;
  }

  /** Where they lie, in order. */
  List<Piece> pieces() {
    return pieces;
  }

  /** The contexts, in order. */
  List<Passage> passages() {
    return passages;
  }

  /** The ordinals of the documents in these contexts, ascending. */
  SortedSet<Long> documents() {
    SortedSet<Long> all = new TreeSet<>();
    for (Passage passage : passages) {
      for (long document : passage.documents()) {
        all.add(document);
      }
    }
    return all;
  }

  /** The number of a row's context. */
  int passage(int row) {
    return passageOf[row];
  }

  /** A row's position in its context. */
  int position(int row) {
    return positionOf[row];
  }

  /** A row's token. */
  int token(int row) {
    return passages.get(passageOf[row]).tokens()[positionOf[row]];
  }

  /** A row's document. */
  long document(int row) {
    return passages.get(passageOf[row]).documents()[positionOf[row]];
  }

  /** How many rows have a token. */
  long baseCount(int token) {
    return baseCounts[token];
  }
}
