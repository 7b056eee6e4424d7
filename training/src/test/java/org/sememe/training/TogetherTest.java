package org.sememe.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.Sha256;
import org.sememe.tensors.Torch;

/** Runs that are trained together end with the bytes that each would have ended with alone. */
class TogetherTest {
  @TempDir private static Path alone;
  private static List<String> apart;

  @TempDir private Path folder;

  /** What each ends with alone. */
  @BeforeAll
  static void apart() throws IOException {
    Torch.start(2);
    List<Path> folders = folders(alone, "apart");
    for (TrainMember member : TrainedProcess.members(folders)) {
      Trainer.train(
          member.run(), TrainedProcess.source(), member.options(), member.listener(), () -> false);
    }
    apart = hashes(folders);
  }

  private List<Path> folders(String name) {
    return folders(folder, name);
  }

  private static List<Path> folders(Path parent, String name) {
    return IntStream.range(0, TrainedProcess.several().size())
        .mapToObj(i -> parent.resolve(name + i))
        .toList();
  }

  private static List<String> hashes(List<Path> folders) throws IOException {
    List<String> hashes = new ArrayList<>();
    for (Path each : folders) {
      Path dictionary = TrainingRun.open(each).dictionary();
      hashes.add(
          Sha256.of(dictionary.resolve("sae_weights.safetensors"))
              + Sha256.of(dictionary.resolve("cfg.json")));
    }
    return hashes;
  }

  @Test
  void togetherOrApartTheBytesAreTheSame() throws IOException {
    List<Path> folders = folders("together");
    List<TrainResult> results =
        Trainer.together(TrainedProcess.members(folders), TrainedProcess.source(), () -> false);
    assertThat(results).allMatch(TrainResult::finished);
    assertThat(results.stream().map(r -> r.last().orElseThrow().step()).distinct())
        .as("members end at different steps")
        .hasSizeGreaterThan(1);
    assertThat(hashes(folders)).isEqualTo(apart).doesNotHaveDuplicates();
  }

  @Test
  void stoppedAgainAndAgainWithOneRunDoneAndOneNotBegun() throws IOException {
    List<Path> folders = folders("stopped");
    Trainer.together(
        TrainedProcess.members(folders.subList(0, 1)), TrainedProcess.source(), () -> false);
    int[] steps = {0};
    Trainer.together(
        TrainedProcess.members(folders.subList(0, 3)),
        TrainedProcess.source(),
        () -> ++steps[0] == 55);
    List<TrainResult> results;
    int rounds = 0;
    do {
      results =
          Trainer.together(
              TrainedProcess.members(folders), TrainedProcess.source(), () -> ++steps[0] % 83 == 0);
      rounds++;
    } while (!results.stream().allMatch(TrainResult::finished));
    assertThat(rounds).isGreaterThan(2);
    assertThat(hashes(folders)).isEqualTo(apart);
  }

  /** Runs whose checkpoints are at different steps, as a kill leaves them, meet again. */
  @Test
  void killedAtRandomMoments() throws Exception {
    List<Path> folders = folders("killed");
    long seed = System.nanoTime();
    System.out.println("kill and resume together: seed " + seed);
    RandomStream random = RandomStream.of(seed);
    int kills = 0;
    for (int round = 0; kills < 2 && round < 20; round++) {
      Process process = TrainedProcess.start(folders, folder.resolve("log" + round));
      awaitCheckpoint(process, folders.get(random.nextInt(folders.size())));
      Thread.sleep(random.nextInt(80));
      kills += process.isAlive() ? 1 : 0;
      process.destroyForcibly();
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(kills).isPositive();
    Trainer.together(TrainedProcess.members(folders), TrainedProcess.source(), () -> false);
    assertThat(hashes(folders)).isEqualTo(apart);
  }

  /** Waits for a change of the run's checkpoints. */
  private static void awaitCheckpoint(Process process, Path run) throws Exception {
    Path checkpoints = run.resolve("checkpoints");
    long before = modified(checkpoints);
    for (int i = 0; i < 20_000 && process.isAlive() && modified(checkpoints) == before; i++) {
      Thread.sleep(1);
    }
  }

  private static long modified(Path path) throws IOException {
    return Files.exists(path) ? Files.getLastModifiedTime(path).toMillis() : 0;
  }

  @Test
  void aRunWhoseLossIsNoNumberLeavesAndTheOthersGoOn() throws IOException {
    List<Path> folders = folders("failing");
    List<TrainMember> members = new ArrayList<>(TrainedProcess.members(folders).subList(0, 1));
    TrainMember good = members.getFirst();
    members.add(
        new TrainMember(
            TrainingRun.create(folder.resolve("bad"), good.run().provenance()),
            TrainedProcess.options().with("lr", "1e30").with("clip", "0"),
            at -> {}));
    List<TrainResult> results = Trainer.together(members, TrainedProcess.source(), () -> false);
    assertThat(results.getFirst().finished()).isTrue();
    assertThat(results.getLast().finished()).isFalse();
    assertThat(results.getLast().failure().orElseThrow()).contains("no longer a number", "lr");
    assertThat(hashes(folders.subList(0, 1))).isEqualTo(apart.subList(0, 1));
    TrainMember bad = TrainMember.begun(TrainingRun.open(folder.resolve("bad")), at -> {});
    assertThatThrownBy(
            () -> Trainer.resume(bad.run(), TrainedProcess.source(), bad.listener(), () -> false))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("no longer a number");
  }

  @Test
  void runsThatCannotShareBatchesAreRefusedBeforeAnythingIsWritten() throws IOException {
    TrainMember first = TrainedProcess.members(folders("refused")).getFirst();
    TrainMember other =
        new TrainMember(
            TrainingRun.create(folder.resolve("other"), first.run().provenance()),
            TrainedProcess.options().with("batch", "128"),
            at -> {});
    assertThatThrownBy(
            () -> Trainer.together(List.of(first, other), TrainedProcess.source(), () -> false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("batch")
        .hasMessageContaining("128");
    assertThatThrownBy(
            () -> Trainer.together(List.of(first, first), TrainedProcess.source(), () -> false))
        .hasMessageContaining("a folder each");
    assertThat(folder.resolve("other")).doesNotExist();
  }
}
