package org.sememe.app.studio;

import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Makes the model when it is first needed, then lets one request at a time use it. A failure to
 * make it is not kept.
 */
final class LazyModel implements AutoCloseable {
  private final Optional<Supplier<StudioModel>> supplier;
  private final ReentrantLock lock = new ReentrantLock();
  private Optional<StudioModel> model = Optional.empty();
  private boolean closed;

  LazyModel(Optional<Supplier<StudioModel>> supplier) {
    this.supplier = supplier;
  }

  boolean possible() {
    return supplier.isPresent();
  }

  /** What {@code job} makes of the model; it waits while another job has it. */
  <T> T use(Function<StudioModel, T> job) {
    Supplier<StudioModel> make =
        supplier.orElseThrow(
            () -> new StudioException(409, "this studio was started without a model"));
    lock.lock();
    try {
      if (closed) {
        throw new StudioException(503, "the studio is closing");
      }
      if (model.isEmpty()) {
        model = Optional.of(make.get());
      }
      return job.apply(model.get());
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      model.ifPresent(StudioModel::close);
      model = Optional.empty();
    } finally {
      lock.unlock();
    }
  }
}
