package org.sememe.training;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.sememe.activations.ContextRule;
import org.sememe.activations.ContextStream;
import org.sememe.activations.Split;
import org.sememe.models.text.Context;
import org.sememe.models.text.TextSource;
import org.sememe.models.tokenizer.Tokenizer;

/** The training contexts of a text, again and again. One thread at a time. */
final class TrainContexts implements AutoCloseable {
  private final TextSource text;
  private final Tokenizer tokenizer;
  private final ContextRule rule;
  private ContextStream stream;

  TrainContexts(TextSource text, Tokenizer tokenizer, ContextRule rule) throws IOException {
    this.text = text;
    this.tokenizer = tokenizer;
    this.rule = rule;
    this.stream = new ContextStream(text, tokenizer, rule);
  }

  /**
   * The next contexts, at least one: fewer than {@code count} at the text's end, after which it
   * begins again.
   *
   * @throws IllegalStateException if the text has none
   */
  List<Context> next(int count) {
    List<Context> contexts = new ArrayList<>(stream.next(Split.TRAIN, count));
    if (contexts.isEmpty()) {
      begin();
      contexts.addAll(stream.next(Split.TRAIN, count));
    }
    if (contexts.isEmpty()) {
      throw noRows();
    }
    return contexts;
  }

  /** Says that the text is of no use. */
  IllegalStateException noRows() {
    return new IllegalStateException(text.name() + ": no train rows in this text");
  }

  /** Goes back to the text's start. */
  void begin() {
    stream.close();
    try {
      stream = new ContextStream(text, tokenizer, rule);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    stream.close();
  }
}
