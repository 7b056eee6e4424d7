package org.sememe.models;

import java.util.List;

/**
 * Token ids of some sequences as one rectangle {@code [sequences, length]}, with a mask of what is
 * real and the position of each token in its own sequence. Holds no native memory; unmodifiable.
 *
 * <p>Padding has id 0 and position 0; what a model computes there means nothing.
 */
public final class TokenBatch {
  private final int sequences;
  private final int length;
  private final long[] ids;
  private final long[] positions;
  private final boolean[] real;
  private final long[] segments;
  private final int tokens;
  private final int trunk;

  private TokenBatch(List<int[]> rows, boolean padLeft, int firstPosition) {
    this.sequences = rows.size();
    this.length = rows.stream().mapToInt(row -> row.length).max().orElse(0);
    if (length == 0) {
      throw new IllegalArgumentException("a batch needs at least one token");
    }
    int size = Math.multiplyExact(sequences, length);
    this.ids = new long[size];
    this.positions = new long[size];
    this.real = new boolean[size];
    int count = 0;
    for (int row = 0; row < sequences; row++) {
      int[] sequence = rows.get(row);
      int start = row * length + (padLeft ? length - sequence.length : 0);
      for (int i = 0; i < sequence.length; i++) {
        ids[start + i] = sequence[i];
        positions[start + i] = firstPosition + i;
        real[start + i] = true;
      }
      count += sequence.length;
    }
    this.tokens = count;
    this.trunk = length;
    this.segments = new long[size];
  }

  private TokenBatch(int[] sequence, int[] places) {
    this.sequences = 1;
    this.trunk = sequence.length;
    this.length = trunk + places.length;
    this.tokens = length;
    this.ids = new long[length];
    this.positions = new long[length];
    this.real = new boolean[length];
    this.segments = new long[length];
    for (int column = 0; column < length; column++) {
      positions[column] = column < trunk ? column : places[column - trunk];
      ids[column] = sequence[(int) positions[column]];
      real[column] = true;
    }
  }

  private TokenBatch(TokenBatch other, long[] segments) {
    this.sequences = other.sequences;
    this.length = other.length;
    this.ids = other.ids;
    this.positions = other.positions;
    this.real = other.real;
    this.tokens = other.tokens;
    this.trunk = other.trunk;
    this.segments = segments;
  }

  /**
   * The same tokens, each in a segment (0 for the first sentence, 1 for the second, ...), for
   * encoders that tell them apart; without this all are in segment 0.
   *
   * @param rows the segments of each sequence's tokens
   * @throws IllegalArgumentException if these are not as many as the tokens
   */
  public TokenBatch withSegments(List<int[]> rows) {
    long[] placed = new long[ids.length];
    for (int row = 0, at = 0; row < sequences; row++) {
      int next = 0;
      for (int column = 0; column < length; column++, at++) {
        if (real[at]) {
          if (row >= rows.size() || next == rows.get(row).length) {
            throw new IllegalArgumentException(
                "sequence " + row + " has more tokens than segments");
          }
          placed[at] = rows.get(row)[next++];
        }
      }
      if (row < rows.size() && next < rows.get(row).length) {
        throw new IllegalArgumentException("sequence " + row + " has more segments than tokens");
      }
    }
    return new TokenBatch(this, placed);
  }

  /** The sequences, each from position 0, padded on the right to the longest. */
  public static TokenBatch of(List<int[]> sequences) {
    return new TokenBatch(sequences, false, 0);
  }

  /** The sequences, each from position 0, padded on the right to the longest. */
  public static TokenBatch of(int[]... sequences) {
    return of(List.of(sequences));
  }

  /** The sequences padded on the left to the longest; positions count from the first real token. */
  public static TokenBatch leftPadded(List<int[]> sequences) {
    return new TokenBatch(sequences, true, 0);
  }

  /** One sequence that goes on at {@code firstPosition}, for use with a {@link KeyValueCache}. */
  public static TokenBatch continuing(int firstPosition, int... ids) {
    return new TokenBatch(List.of(ids), false, firstPosition);
  }

  /** Several sequences that all go on at {@code firstPosition}, each by as many tokens. */
  public static TokenBatch continuing(int firstPosition, List<int[]> sequences) {
    return new TokenBatch(sequences, false, firstPosition);
  }

  /**
   * One sequence, from position 0, and after it some of its tokens once more, each an alternative
   * to the one at its place: it stands at that position and sees what stands before it, and itself,
   * and nothing sees it. So an edit at one of them is an edit of the sequence at that token, as far
   * as this token's own logits go, and many are done in one run. For causal models, without a
   * cache.
   *
   * @param places columns of the sequence, in any order and as often as wanted
   */
  public static TokenBatch branching(int[] sequence, int... places) {
    return new TokenBatch(sequence, places);
  }

  /** The columns of the sequence itself; what follows are {@link #branching alternatives}. */
  public int trunk() {
    return trunk;
  }

  /** Whether there are alternatives. */
  public boolean branches() {
    return trunk < length;
  }

  /** Number of sequences, the first dimension of every activation. */
  public int sequences() {
    return sequences;
  }

  /** Number of positions of the longest sequence, the second dimension of every activation. */
  public int length() {
    return length;
  }

  /** Number of real tokens. */
  public int tokens() {
    return tokens;
  }

  /** Whether some place is padding. */
  public boolean padded() {
    return tokens < sequences * length;
  }

  /** The token id at a place; 0 at padding. */
  public int id(int sequence, int column) {
    return (int) ids[place(sequence, column)];
  }

  /** The position of a place in its own sequence; 0 at padding. */
  public int position(int sequence, int column) {
    return (int) positions[place(sequence, column)];
  }

  /** Whether a real token stands at a place. */
  public boolean real(int sequence, int column) {
    return real[place(sequence, column)];
  }

  /** The column of a sequence's last real token. */
  public int last(int sequence) {
    for (int column = length - 1; column >= 0; column--) {
      if (real[place(sequence, column)]) {
        return column;
      }
    }
    throw new IllegalArgumentException("sequence " + sequence + " of the batch is empty");
  }

  /** A copy of the ids, row by row, {@code [sequences * length]}. */
  public long[] ids() {
    return ids.clone();
  }

  /** A copy of the positions, row by row, {@code [sequences * length]}. */
  public long[] positions() {
    return positions.clone();
  }

  /** A copy of the segments, row by row, {@code [sequences * length]}; 0 at padding. */
  public long[] segments() {
    return segments.clone();
  }

  /** A copy of the mask, row by row, {@code [sequences * length]}: true where a token is real. */
  public boolean[] mask() {
    return real.clone();
  }

  private int place(int sequence, int column) {
    if (sequence < 0 || sequence >= sequences || column < 0 || column >= length) {
      throw new IndexOutOfBoundsException(
          "no place ["
              + sequence
              + ", "
              + column
              + "] in a batch ["
              + sequences
              + ", "
              + length
              + "]");
    }
    return sequence * length + column;
  }
}
