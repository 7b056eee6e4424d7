package org.sememe.models.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Running text of a file whose words are written {@code word/tag}, as the Brown corpus has them.
 * Words are put together as they are printed: no space before a comma or after a bracket, quotes as
 * {@code "}; blank lines part paragraphs. Not thread-safe.
 */
final class TaggedWords {
  private static final Set<String> CLOSING = Set.of(",", ".", ";", ":", "?", "!", ")", "]", "\"");
  private static final Set<String> OPENING = Set.of("(", "[");

  private final StringBuilder text = new StringBuilder();
  private final List<LabelledSpan> spans = new ArrayList<>();
  private boolean joins = true;
  private boolean paragraph;

  private TaggedWords() {}

  /** The text of a file, and its words with their tags. */
  static TaggedWords of(String file) {
    TaggedWords words = new TaggedWords();
    for (String line : file.split("\n", -1)) {
      if (line.isBlank()) {
        words.paragraph = true;
      }
      for (String word : line.strip().split("\\s+")) {
        int slash = word.lastIndexOf('/');
        if (slash > 0) {
          words.add(word.substring(0, slash), word.substring(slash + 1));
        }
      }
    }
    words.text.append('\n');
    return words;
  }

  private void add(String word, String tag) {
    boolean opens = word.equals("``");
    String printed = opens || word.equals("''") ? "\"" : word;
    boolean closes = CLOSING.contains(printed) && !opens;
    if (paragraph && !text.isEmpty()) {
      text.append("\n\n");
    } else if (!joins && !closes) {
      text.append(' ');
    }
    paragraph = false;
    spans.add(new LabelledSpan(text.length(), text.length() + printed.length(), tag));
    text.append(printed);
    joins = opens || OPENING.contains(word);
  }

  String text() {
    return text.toString();
  }

  List<LabelledSpan> spans() {
    return spans;
  }
}
