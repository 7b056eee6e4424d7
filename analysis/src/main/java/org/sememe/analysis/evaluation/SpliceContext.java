package org.sememe.analysis.evaluation;

import java.util.BitSet;

/**
 * One context of a splice.
 *
 * @param index its number in its split
 * @param length its tokens
 * @param rows the positions that have a row in the store: those that are replaced
 */
record SpliceContext(int index, int length, BitSet rows) {
  /** The positions that are scored: those with a row and a next token, ascending. */
  int[] scored() {
    return rows.stream().filter(position -> position + 1 < length).toArray();
  }
}
