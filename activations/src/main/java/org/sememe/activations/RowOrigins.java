package org.sememe.activations;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.sememe.tensors.FormatException;

/** Whether a shard's rows come from where their columns say. */
record RowOrigins(Shard shard, Contexts contexts) {

  /**
   * Compares each row's token and document with those of its context at its position.
   *
   * @throws FormatException naming {@code file} and the first row that differs
   */
  void check(Path file) throws FormatException {
    int[] tokens = {};
    long[] documents = {};
    long last = -1;
    for (long row = 0; row < shard.rows(); row++) {
      long context = at(shard.contextIds(), row);
      long position = at(shard.positions(), row);
      if (context < 0 || context >= contexts.count()) {
        throw wrong(file, row, "of context " + context + ", of which there is none");
      }
      if (context != last) {
        tokens = contexts.tokens((int) context);
        documents = contexts.documents((int) context);
        last = context;
      }
      if (position < 0
          || position >= tokens.length
          || tokens[(int) position] != at(shard.tokenIds(), row)
          || documents[(int) position] != at(shard.documentIds(), row)) {
        throw wrong(
            file, row, "not the token at position %d of context %d".formatted(position, context));
      }
    }
  }

  private static long at(MemorySegment column, long row) {
    return column.getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, row);
  }

  private static FormatException wrong(Path file, long row, String what) {
    return new FormatException(file, 0, "row " + row + " is " + what + ": harvest the store again");
  }
}
