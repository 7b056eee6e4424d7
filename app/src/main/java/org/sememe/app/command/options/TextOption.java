package org.sememe.app.command.options;

/** What {@code --text} takes, for help pages. */
public final class TextOption {
  /** Forms of a text, for an option's description. */
  public static final String WHAT =
      "The text: wordnet, jdk-src, a corpus that is fetched (sotu, moby-dick, spam-assassin,"
          + " brown), a folder, a pattern ('texts/**.jsonl.gz'), or a file: .txt,"
          + " .jsonl, .csv, .tsv (also .gz, .zst), .parquet (FILE#FIELD names the field or column)"
          + " or .zip; several joined by + are read side by side.";

  private TextOption() {}
}
