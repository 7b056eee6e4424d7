package org.sememe.models.sources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two processes at the lock of one folder. */
@Timeout(60)
class FolderLockTest {
  private static final long SOON_MILLIS = 300;

  @TempDir Path folder;

  private Process holder() throws Exception {
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    LockHolder.class.getName(),
                    folder.toString()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    byte[] said = process.getInputStream().readNBytes("held".length());
    assertThat(new String(said, StandardCharsets.US_ASCII)).isEqualTo("held");
    return process;
  }

  /** Whether it lets go or is killed, the one who waits gets the lock then, and not before. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theOtherWaits(boolean killed) throws Exception {
    Process other = holder();
    CountDownLatch waiting = new CountDownLatch(1);
    try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
      Future<FolderLock> taken =
          thread.submit(
              () ->
                  FolderLock.take(
                      folder,
                      "it",
                      (what, done, total) -> {
                        assertThat(what).contains("another process is fetching it");
                        waiting.countDown();
                      }));
      assertThat(waiting.await(20, TimeUnit.SECONDS)).isTrue();
      assertThatThrownBy(() -> taken.get(SOON_MILLIS, TimeUnit.MILLISECONDS))
          .isInstanceOf(TimeoutException.class);
      if (killed) {
        other.destroyForcibly();
      } else {
        other.getOutputStream().close();
      }
      taken.get(20, TimeUnit.SECONDS).close();
    } finally {
      other.destroyForcibly().waitFor();
    }
  }

  @Test
  void aFreeLockIsTakenAtOnceAndAgain() throws Exception {
    for (int i = 0; i < 2; i++) {
      FolderLock.take(
              folder,
              "it",
              (what, done, total) -> {
                throw new AssertionError("waited");
              })
          .close();
    }
  }
}
