package org.sememe.models.text;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Streams of documents that hold one document at a time, however long their files are. */
final class DocumentStream {
  private DocumentStream() {}

  /** Gives one document after another. */
  @FunctionalInterface
  interface Next {
    /** The next one; empty at the end. */
    Optional<Document> document() throws IOException;
  }

  /** Opens the documents of a part. */
  @FunctionalInterface
  interface Opener<T> {
    Stream<Document> documents(T part) throws IOException;
  }

  /** The documents that {@code next} gives; closing the stream closes {@code held}. */
  static Stream<Document> of(Next next, Closeable held) {
    return StreamSupport.stream(
            Spliterators.spliteratorUnknownSize(new OneByOne(next), Spliterator.ORDERED), false)
        .onClose(
            () -> {
              try {
                held.close();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
  }

  /** The documents of all parts in turn, each part opened when its turn comes. */
  static <T> Stream<Document> inTurn(List<T> parts, Opener<T> opener) {
    Turns<T> turns = new Turns<>(parts.iterator(), opener);
    return of(turns::next, turns);
  }

  private static final class Turns<T> implements Closeable {
    private final Iterator<T> parts;
    private final Opener<T> opener;
    private Optional<Stream<Document>> open = Optional.empty();
    private Iterator<Document> documents = List.<Document>of().iterator();

    Turns(Iterator<T> parts, Opener<T> opener) {
      this.parts = parts;
      this.opener = opener;
    }

    Optional<Document> next() throws IOException {
      while (!documents.hasNext()) {
        close();
        if (!parts.hasNext()) {
          return Optional.empty();
        }
        Stream<Document> stream = opener.documents(parts.next());
        open = Optional.of(stream);
        documents = stream.iterator();
      }
      return Optional.of(documents.next());
    }

    @Override
    public void close() {
      open.ifPresent(Stream::close);
      open = Optional.empty();
    }
  }

  private static final class OneByOne implements Iterator<Document> {
    private final Next next;
    private Optional<Document> ahead = Optional.empty();
    private boolean ended;

    OneByOne(Next next) {
      this.next = next;
    }

    @Override
    public boolean hasNext() {
      if (ahead.isEmpty() && !ended) {
        try {
          ahead = next.document();
        } catch (IOException e) {
          ended = true;
          throw new UncheckedIOException(e);
        }
        ended = ahead.isEmpty();
      }
      return ahead.isPresent();
    }

    @Override
    public Document next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      Document document = ahead.orElseThrow();
      ahead = Optional.empty();
      return document;
    }
  }
}
