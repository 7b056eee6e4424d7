package org.sememe.models.text;

import java.io.IOException;

/** Opens text sources. */
public final class TextSources {
  private TextSources() {}

  /**
   * The source of a spec: a path ({@code .txt}, {@code .jsonl}, {@code .zip}, a folder), or a name:
   * {@code wordnet}, {@code jdk-src}. Several joined by {@code +} are read in turn, a document of
   * each at a time. A field of jsonl is named behind {@code #}: {@code reviews.jsonl#body}.
   *
   * @throws IllegalArgumentException if the spec names nothing; the message says what could be
   */
  public static TextSource open(String spec) throws IOException {
    throw new UnsupportedOperationException(spec);
  }
}
