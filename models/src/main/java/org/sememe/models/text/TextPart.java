package org.sememe.models.text;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * Every {@code parts}-th document of a text, from number {@code part} on: parts of about equal
 * length, whatever order the documents have. Thread-safe.
 *
 * @param whole the text; the part goes by its name
 * @param part from 0
 * @param parts that the text is cut into
 */
public record TextPart(TextSource whole, int part, int parts) implements TextSource {
  public TextPart {
    if (part < 0 || part >= parts) {
      throw new IllegalArgumentException("part " + part + " of " + parts);
    }
  }

  @Override
  public String name() {
    return whole.name();
  }

  @Override
  public Stream<Document> documents() throws IOException {
    AtomicLong number = new AtomicLong();
    return whole
        .documents()
        .sequential()
        .filter(document -> number.getAndIncrement() % parts == part);
  }
}
