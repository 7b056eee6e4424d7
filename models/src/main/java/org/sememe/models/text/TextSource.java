package org.sememe.models.text;

import java.io.IOException;
import java.util.stream.Stream;

/** Documents in a fixed order: each call of {@link #documents} gives the same ones. Thread-safe. */
public interface TextSource {
  /** What it is, for people and for provenance; the same for the same spec. */
  String name();

  /**
   * The documents, read as the stream is. The caller closes the stream; what fails on the way is an
   * {@link java.io.UncheckedIOException} that names the file.
   */
  Stream<Document> documents() throws IOException;
}
