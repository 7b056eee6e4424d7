package org.sememe.models.blocks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.sememe.models.tokenizer.Tokenizer;
import org.sememe.models.tokenizer.Tokenizers;

/** A model's tokenizer, opened when it is first asked for: many runs need none. Thread-safe. */
public final class LazyTokenizer implements AutoCloseable {
  private final Path model;
  private Tokenizer tokenizer;
  private boolean closed;

  /** The tokenizer beside or inside a model's file. */
  public LazyTokenizer(Path model) {
    this.model = model;
  }

  /**
   * The tokenizer, owned by this.
   *
   * @throws UncheckedIOException if there is none, or of a kind not known
   * @throws IllegalStateException if the model is closed
   */
  public synchronized Tokenizer get() {
    if (closed) {
      throw new IllegalStateException("the model is closed");
    }
    if (tokenizer == null) {
      try {
        tokenizer = Tokenizers.open(model);
      } catch (IOException e) {
        throw new UncheckedIOException(e.getMessage(), e);
      }
    }
    return tokenizer;
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (tokenizer != null) {
      tokenizer.close();
    }
  }
}
