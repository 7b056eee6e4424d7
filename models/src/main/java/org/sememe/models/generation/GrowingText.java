package org.sememe.models.generation;

import java.util.ArrayList;
import java.util.List;
import org.sememe.models.tokenizer.Tokenizer;

/**
 * A reply's text while its tokens come, without special ones. A character that is not whole yet
 * waits for its last token. One thread at a time; the tokenizer stays the caller's.
 */
public final class GrowingText {
  private final Tokenizer tokenizer;
  private final List<Integer> ids = new ArrayList<>();
  private int given;

  /** No text yet. */
  public GrowingText(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /** The text that a token adds; empty for a special one, or within a character. */
  public String add(int id) {
    ids.add(id);
    String text = tokenizer.decodeText(ids.stream().mapToInt(Integer::intValue).toArray());
    if (text.length() <= given || text.endsWith("\uFFFD")) {
      return "";
    }
    String added = text.substring(given);
    given = text.length();
    return added;
  }
}
