package org.sememe.analysis.prompt;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.sememe.models.tokenizer.Tokenizer;

/**
 * A text as the model is given it.
 *
 * @param ids with the tokenizer's first token, where it has one
 * @param truncated whether the text was longer
 */
@SuppressWarnings("ArrayRecordComponent") // goes straight into the model
public record PromptTokens(int[] ids, boolean truncated) {
  /**
   * Reads a text; what is written in it like a special token is text.
   *
   * @param most tokens, the first one included
   * @throws IllegalArgumentException if it has none
   */
  public static PromptTokens of(Tokenizer tokenizer, String text, int most) {
    int[] ids =
        IntStream.concat(tokenizer.bos().stream(), IntStream.of(tokenizer.encodePlain(text).ids()))
            .toArray();
    if (ids.length == 0 || tokenizer.bos().isPresent() && ids.length == 1) {
      throw new IllegalArgumentException("the text has no tokens");
    }
    return new PromptTokens(Arrays.copyOf(ids, Math.min(ids.length, most)), ids.length > most);
  }
}
