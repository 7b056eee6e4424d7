package org.sememe.models.blocks;

import java.util.stream.IntStream;
import org.bytedeco.pytorch.global.torch;

/** Shares independent rows among as many threads as libtorch would use in this thread. */
public final class RowParts {
  private RowParts() {}

  /** Some of the rows: {@code from} to {@code to}, exclusive. */
  @FunctionalInterface
  public interface Part {
    void run(int from, int to);
  }

  /**
   * Runs {@code part} over [0, n); returns when all is done.
   *
   * @param least rows that are worth a thread
   */
  public static void run(int n, int least, Part part) {
    int threads = Math.clamp(n / least, 1, torch.get_num_threads());
    if (threads == 1) {
      part.run(0, n);
      return;
    }
    IntStream.range(0, threads)
        .parallel()
        .forEach(
            i -> part.run((int) ((long) n * i / threads), (int) ((long) n * (i + 1) / threads)));
  }
}
