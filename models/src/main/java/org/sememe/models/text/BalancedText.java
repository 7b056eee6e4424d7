package org.sememe.models.text;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Several sources side by side: the next document comes from the source that gave the fewest
 * characters so far, until all have ended. The shares are even as long as none has ended.
 */
record BalancedText(List<TextSource> sources) implements TextSource {
  BalancedText {
    sources = List.copyOf(sources);
  }

  @Override
  public String name() {
    return sources.stream().map(TextSource::name).collect(Collectors.joining(" + "));
  }

  @Override
  public Stream<Document> documents() throws IOException {
    List<Part> parts = new ArrayList<>();
    for (TextSource source : sources) {
      parts.add(new Part(source.documents()));
    }
    Iterator<Document> merged =
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            return parts.stream().anyMatch(part -> part.rest.hasNext());
          }

          @Override
          public Document next() {
            Part next =
                parts.stream()
                    .filter(part -> part.rest.hasNext())
                    .reduce((a, b) -> b.given < a.given ? b : a)
                    .orElseThrow();
            Document document = next.rest.next();
            next.given += document.text().length();
            return document;
          }
        };
    return StreamSupport.stream(
            Spliterators.spliteratorUnknownSize(merged, Spliterator.ORDERED), false)
        .onClose(() -> parts.forEach(part -> part.stream.close()));
  }

  /** A source under way. */
  private static final class Part {
    final Stream<Document> stream;
    final Iterator<Document> rest;
    long given;

    Part(Stream<Document> stream) {
      this.stream = stream;
      this.rest = stream.iterator();
    }
  }
}
