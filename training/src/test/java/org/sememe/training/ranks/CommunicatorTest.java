package org.sememe.training.ranks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommunicatorTest {
  @TempDir private Path folder;

  private List<Process> start(int size, String... arguments) throws Exception {
    return RankProcesses.start(size, folder, ConversingProcess.class, List.of(arguments));
  }

  private String log(int rank) throws Exception {
    return Files.readString(folder.resolve("rank-" + rank + ".log"));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void everyOperationDoesOnProcessesWhatItSays(int size) throws Exception {
    List<Process> ranks = start(size, "once", "60");
    for (int rank = 0; rank < size; rank++) {
      assertThat(ranks.get(rank).waitFor()).as(log(rank)).isZero();
      assertThat(log(rank)).contains("all is well");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void theDeathOfARankEndsTheOthersAtOnceWithOneLine(int victim) throws Exception {
    List<Process> ranks = start(3, "talk", "60");
    while (!log(victim).contains("all is well")) {
      Thread.sleep(20);
    }
    ranks.get(victim).destroyForcibly().waitFor();
    for (int rank = 0; rank < 3; rank++) {
      if (rank != victim) {
        assertThat(ranks.get(rank).waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(ranks.get(rank).exitValue()).as(log(rank)).isEqualTo(1);
        assertThat(log(rank).lines().filter(line -> line.startsWith("LOST")))
            .singleElement()
            .asString()
            .contains("rank " + rank + " of 3: another rank died or is silent");
      }
    }
  }

  @Test
  void silenceEndsTheJobAfterTheTimeout() throws Exception {
    List<Process> ranks = start(2, "silence", "15");
    assertThat(ranks.get(0).waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(log(0)).contains("LOST rank 0 of 2: another rank died or is silent");
    ranks.get(1).destroyForcibly().waitFor();
  }

  @Test
  void aRankWhoseFellowsNeverComeSaysSo() throws Exception {
    List<Process> ranks = start(2, "once", "5");
    ranks.get(1).destroyForcibly().waitFor();
    assertThat(ranks.get(0).waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(log(0)).contains("LOST rank 0 of 2: the ranks did not meet at 127.0.0.1:");
  }

  @Test
  void placesAreReadFromTorchrunsVariables() {
    Map<String, String> given =
        Map.of(
            "RANK", "3",
            "WORLD_SIZE", "8",
            "LOCAL_WORLD_SIZE", "4",
            "MASTER_ADDR", "node0",
            "MASTER_PORT", "29500",
            "TORCHELASTIC_USE_AGENT_STORE", "True",
            "TORCHELASTIC_RESTART_COUNT", "2");
    assertThat(RankPlace.of(given)).contains(new RankPlace(3, 8, "node0", 29500, 4, true, 2));
    assertThat(RankPlace.of(Map.of())).isEmpty();
    assertThat(RankPlace.of(Map.of("WORLD_SIZE", "1"))).isEmpty();
    assertThatThrownBy(() -> RankPlace.of(Map.of("WORLD_SIZE", "2", "RANK", "2")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("RANK=2: must be a whole number from 0 to 1");
    assertThatThrownBy(() -> RankPlace.of(Map.of("WORLD_SIZE", "2", "RANK", "1")))
        .hasMessageContaining("MASTER_ADDR is not set");
  }

  @Test
  void partsAreDealtOutEvenlyInOrder() {
    for (int items : new int[] {1, 7, 4608}) {
      for (int ranks = 1; ranks < 9; ranks++) {
        int next = 0;
        for (int rank = 0; rank < ranks; rank++) {
          Part part = Part.of(items, rank, ranks);
          assertThat(part.from()).isEqualTo(next);
          assertThat(part.count()).isBetween(items / ranks, Math.ceilDiv(items, ranks));
          next = part.to();
        }
        assertThat(next).isEqualTo(items);
      }
    }
  }
}
