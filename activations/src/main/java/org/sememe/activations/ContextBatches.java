package org.sememe.activations;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.sememe.activations.ContextStream.SplitContext;

/**
 * Groups contexts for runs: so many at once, fewer where they are long, so that a run's memory
 * stays bounded. Not thread-safe.
 */
final class ContextBatches {
  private static final int MOST_PLACES = 4096;

  private final ContextStream stream;
  private final int most;
  private final boolean heldOutOnly;
  private Optional<SplitContext> next = Optional.empty();

  /** Groups of at most {@code most} contexts, of all splits or of held-out text only. */
  ContextBatches(ContextStream stream, int most, boolean heldOutOnly) {
    this.stream = stream;
    this.most = most;
    this.heldOutOnly = heldOutOnly;
  }

  /** The next group; its last context is the one that reaches {@code tokens}. Empty at the end. */
  List<SplitContext> next(long tokens) {
    List<SplitContext> group = new ArrayList<>();
    int longest = 0;
    long sum = 0;
    while (group.size() < most && sum < tokens) {
      if (next.isEmpty()) {
        next = heldOutOnly ? stream.nextOf(Split.HELD_OUT) : stream.next();
      }
      if (next.isEmpty()) {
        break;
      }
      int length = next.get().context().tokens().length;
      longest = Math.max(longest, length);
      if (!group.isEmpty() && (long) longest * (group.size() + 1) > MOST_PLACES) {
        break;
      }
      group.add(next.get());
      next = Optional.empty();
      sum += length;
    }
    return group;
  }
}
