package org.sememe.app.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LineProgressTest {
  private final List<String> lines = new ArrayList<>();
  private long seconds;

  private Progress start(Unit unit, long total) {
    return new LineProgress("harvest", unit, total, lines::add, () -> seconds * 1_000_000_000);
  }

  @Test
  void saysRateAndTimeLeftAtMostEveryTenSeconds() {
    Progress progress = start(Unit.TOKENS, 100_000);
    for (seconds = 0; seconds <= 100; seconds++) {
      progress.update(1_000 * seconds);
    }
    progress.close();

    assertThat(lines.getFirst())
        .isEqualTo("harvest: 2,000 of 100,000 tokens, 1,000.0/s, 1:38 left");
    assertThat(lines.getLast())
        .startsWith("harvest: 100,000 of 100,000 tokens")
        .endsWith("took 1:41");
    assertThat(lines).hasSize(11);
  }

  @Test
  void doesNotCountWorkDoneBeforeTheStart() {
    Progress progress = start(Unit.STEPS, 1_000);
    progress.update(900);
    seconds = 10;
    progress.update(950);

    assertThat(lines).containsExactly("harvest: 950 of 1,000 steps, 5.0/s, 0:10 left");
  }

  @Test
  void anUnknownTotalHasNoTimeLeft() {
    Progress progress = start(Unit.MEGABYTES, -1);
    progress.update(0);
    seconds = 4;
    progress.update(10_000_000, "from pip");

    assertThat(lines).containsExactly("harvest: 10.0 MB, 2.5/s, took 0:04, from pip");
  }

  @Test
  void workThatNeverBeganSaysNothing() {
    start(Unit.ROWS, 10).close();

    assertThat(lines).isEmpty();
  }
}
