package org.sememe.app.ranks;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Starts the ranks of a job on this machine, as torchrun does, and waits for them. Rank 0 speaks;
 * the others only say what goes wrong. Where one fails the others are given time to see it, then
 * ended. Thread-safe.
 *
 * @param command of a rank
 * @param size how many, at least 2
 */
public record LocalRanks(List<String> command, int size) {
  /** The variable that tells a rank whose child it is. */
  public static final String LAUNCHER = "SEMEME_LAUNCHER";

  private static final long GRACE_SECONDS = 10;
  private static final long PATIENCE_SECONDS = 60;
  private static final int SIGNALLED = 128;
  private static final int SIGKILL = 9;

  /**
   * Runs the job to its end.
   *
   * @return the exit code: 0, or that of the rank that failed first
   * @throws IOException if a rank cannot be started
   * @throws IllegalStateException if a rank was killed
   */
  public int run() throws IOException {
    List<Process> ranks = new ArrayList<>();
    Thread hook = new Thread(() -> stop(ranks), "local-ranks");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      int port = freePort();
      for (int rank = 0; rank < size; rank++) {
        ranks.add(start(rank, port));
      }
      return await(ranks);
    } finally {
      ranks.forEach(Process::destroyForcibly);
      forget(hook);
    }
  }

  private Process start(int rank, int port) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    if (rank > 0) {
      builder.redirectOutput(Redirect.DISCARD);
    }
    builder
        .environment()
        .putAll(
            Map.of(
                "RANK",
                Integer.toString(rank),
                "LOCAL_RANK",
                Integer.toString(rank),
                "WORLD_SIZE",
                Integer.toString(size),
                "LOCAL_WORLD_SIZE",
                Integer.toString(size),
                "MASTER_ADDR",
                "127.0.0.1",
                "MASTER_PORT",
                Integer.toString(port),
                LAUNCHER,
                Long.toString(ProcessHandle.current().pid())));
    return builder.start();
  }

  /** Waits for all; the first that fails decides, and the others have a while to see it. */
  private int await(List<Process> ranks) {
    CompletableFuture<Process> firstFailed = new CompletableFuture<>();
    for (Process rank : ranks) {
      rank.onExit().thenAccept(ended -> failed(ended).ifPresent(firstFailed::complete));
    }
    CompletableFuture<Void> all =
        CompletableFuture.allOf(
            ranks.stream().map(Process::onExit).toArray(CompletableFuture<?>[]::new));
    CompletableFuture.anyOf(all, firstFailed).join();
    if (firstFailed.isDone()) {
      all.completeOnTimeout(null, GRACE_SECONDS, TimeUnit.SECONDS).join();
      Process failed = firstFailed.join();
      if (failed.exitValue() == SIGNALLED + SIGKILL) {
        throw new IllegalStateException(
            "rank %d of %d was killed: the job has ended".formatted(ranks.indexOf(failed), size));
      }
      return failed.exitValue();
    }
    return 0;
  }

  private static Optional<Process> failed(Process ended) {
    return Optional.of(ended).filter(rank -> rank.exitValue() != 0);
  }

  private static void stop(List<Process> ranks) {
    ranks.forEach(Process::destroy);
    for (Process rank : ranks) {
      try {
        rank.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static void forget(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException endingAlready) {
      // the hook waits for the ranks
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
