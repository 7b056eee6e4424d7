package org.sememe.app.studio;

import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.sememe.analysis.prompt.PromptAnalysis;
import org.sememe.analysis.prompt.PromptSource;

/**
 * Makes the prompt's source when a text first comes, then runs one text at a time. A failure to
 * make it is not kept.
 */
final class LazyPrompt implements AutoCloseable {
  private final Optional<Supplier<PromptSource>> supplier;
  private final ReentrantLock lock = new ReentrantLock();
  private Optional<PromptSource> source = Optional.empty();
  private boolean closed;

  LazyPrompt(Optional<Supplier<PromptSource>> supplier) {
    this.supplier = supplier;
  }

  boolean possible() {
    return supplier.isPresent();
  }

  PromptAnalysis analyse(String text) {
    Supplier<PromptSource> make =
        supplier.orElseThrow(
            () -> new StudioException(409, "this studio was started without a model"));
    lock.lock();
    try {
      if (closed) {
        throw new StudioException(503, "the studio is closing");
      }
      if (source.isEmpty()) {
        source = Optional.of(make.get());
      }
      return source.get().analyse(text);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      source.ifPresent(PromptSource::close);
      source = Optional.empty();
    } finally {
      lock.unlock();
    }
  }
}
