package org.sememe.app.terminal;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Turns Ctrl-C (or a termination signal) into a request to stop at the next good moment: while one
 * is open, the process waits at its end, up to a minute, for the work to be put away. The exit code
 * stays that of the signal: 130 for Ctrl-C.
 */
public final class StopRequest implements BooleanSupplier, AutoCloseable {
  private static final long PATIENCE_SECONDS = 60;

  private final CountDownLatch putAway = new CountDownLatch(1);
  private final Thread hook = new Thread(this::shutDown, "stop-request");
  private volatile boolean requested;

  /** Starts to listen. */
  public StopRequest() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Whether a stop was requested. */
  @Override
  public boolean getAsBoolean() {
    return requested;
  }

  /** The work is put away: the process may end, if it is about to. */
  @Override
  public void close() {
    putAway.countDown();
    if (!requested) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException endingAlready) {
        requested = true; // the signal came in this moment; the hook finds the work put away
      }
    }
  }

  private void shutDown() {
    requested = true;
    try {
      putAway.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
