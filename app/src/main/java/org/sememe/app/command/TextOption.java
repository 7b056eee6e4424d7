package org.sememe.app.command;

/** What {@code --text} takes, for help pages. */
final class TextOption {
  static final String WHAT =
      "The text: wordnet, jdk-src, a folder, or a .txt, .jsonl (FILE#FIELD names the field) or"
          + " .zip file; several joined by + are read side by side.";

  private TextOption() {}
}
