package org.sememe.models.tokenizer;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;

/** Whether two models read the same tokens. */
public final class SharedVocabulary {
  /** Ids whose text is split again, at once: long enough to meet merges across tokens. */
  private static final int PROBE = 64;

  private SharedVocabulary() {}

  /**
   * Refuses tokenizers that would give a text different ids: each id must stand for the same bytes
   * in both and be special in both or in neither, and the text of every stretch of ids must be
   * split alike. What stands between documents or before a context may differ.
   *
   * @throws IllegalArgumentException if they differ: one line that names both and the difference
   */
  public static void require(String first, Tokenizer one, String second, Tokenizer other) {
    String models = "the tokenizers of " + first + " and " + second + " differ: ";
    if (one.vocabulary() != other.vocabulary()) {
      throw new IllegalArgumentException(
          "%s%d and %d tokens; models side by side must share one"
              .formatted(models, one.vocabulary(), other.vocabulary()));
    }
    for (int id = 0; id < one.vocabulary(); id++) {
      if (one.special(id) != other.special(id) || !Arrays.equals(one.bytes(id), other.bytes(id))) {
        throw new IllegalArgumentException(
            "%stoken %d is '%s' and '%s'; models side by side must share one"
                .formatted(models, id, one.token(id), other.token(id)));
      }
    }
    for (int from = 0; from < one.vocabulary(); from += PROBE) {
      int to = Math.min(from + PROBE, one.vocabulary());
      String text = one.decodeText(IntStream.range(from, to).toArray());
      if (!alike(text, one, other) || !alike(text.toUpperCase(Locale.ROOT), one, other)) {
        throw new IllegalArgumentException(
            "%sthe text of tokens %d to %d is split otherwise; models side by side must share one"
                .formatted(models, from, to - 1));
      }
    }
  }

  private static boolean alike(String text, Tokenizer one, Tokenizer other) {
    return Arrays.equals(one.encodePlain(text).ids(), other.encodePlain(text).ids());
  }
}
