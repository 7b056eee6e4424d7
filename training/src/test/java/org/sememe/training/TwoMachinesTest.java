package org.sememe.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.tensors.Torch;
import org.sememe.training.ranks.Mesh;
import org.sememe.training.ranks.RankProcesses;
import org.sememe.training.ranks.Sharding;

/**
 * Two ranks in network namespaces of their own, as on two machines with a wire between them that is
 * cut.
 */
class TwoMachinesTest {
  private static final String WEIGHTS = "sae/blocks.0.hook_resid_post/sae_weights.safetensors";
  private static final List<String> SETTINGS =
      List.of("architecture=topk", "tokens=76800", "checkpoint-every=20");
  private static final String SUBNET = "10.77.0.";
  private static final int PORT = 29_500;

  private final List<Process> processes = new ArrayList<>();
  private final String first = "sememe-a-" + ProcessHandle.current().pid();
  private final String second = "sememe-b-" + ProcessHandle.current().pid();
  @TempDir private Path folder;

  @BeforeEach
  void connect() throws Exception {
    assumeTrue(
        Files.isExecutable(Path.of("/usr/sbin/ip")) && ip("netns", "add", first),
        "skipped: this user may not make network namespaces (ip netns add)");
    assertThat(ip("netns", "add", second)).isTrue();
    assertThat(
            ip("-n", first, "link", "add", "wire", "type", "veth", "peer", "wire", "netns", second))
        .isTrue();
    for (String space : List.of(first, second)) {
      String address = SUBNET + (space.equals(first) ? 1 : 2) + "/24";
      assertThat(ip("-n", space, "addr", "add", address, "dev", "wire")).isTrue();
      assertThat(ip("-n", space, "link", "set", "wire", "up")).isTrue();
      assertThat(ip("-n", space, "link", "set", "lo", "up")).isTrue();
    }
  }

  @AfterEach
  void disconnect() throws Exception {
    processes.forEach(Process::destroyForcibly);
    for (Process process : processes) {
      process.waitFor();
    }
    ip("netns", "del", first);
    ip("netns", "del", second);
  }

  private static boolean ip(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("/usr/sbin/ip"));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor()
        == 0;
  }

  private void wire(String state) throws Exception {
    assertThat(ip("-n", second, "link", "set", "wire", state)).isTrue();
  }

  private List<Process> begin(Path run, int timeoutSeconds) throws IOException {
    List<String> arguments = new ArrayList<>(List.of(Sharding.ROWS.text(), run.toString()));
    arguments.addAll(SETTINGS);
    arguments.add(RankedProcess.TIMEOUT + timeoutSeconds);
    List<Process> ranks =
        RankProcesses.start(
            List.of(elsewhere(first), elsewhere(second)),
            SUBNET + 1,
            PORT,
            folder,
            RankedProcess.class,
            arguments);
    processes.addAll(ranks);
    return ranks;
  }

  private static List<String> elsewhere(String space) {
    return List.of("/usr/sbin/ip", "netns", "exec", space);
  }

  private String log(int rank) throws IOException {
    return Files.readString(folder.resolve("rank-" + rank + ".log"));
  }

  private void awaitTraining(Path run) throws Exception {
    Path checkpoints = run.resolve("checkpoints");
    for (int i = 0; i < 6_000 && !written(checkpoints); i++) {
      Thread.sleep(10);
    }
    assertThat(written(checkpoints)).as(log(0)).isTrue();
  }

  private static boolean written(Path checkpoints) throws IOException {
    if (!Files.isDirectory(checkpoints)) {
      return false;
    }
    try (Stream<Path> files = Files.list(checkpoints)) {
      return files.anyMatch(file -> file.toString().endsWith(".sha256"));
    }
  }

  private void finished(List<Process> ranks) throws Exception {
    for (int rank = 0; rank < ranks.size(); rank++) {
      assertThat(ranks.get(rank).waitFor(120, TimeUnit.SECONDS)).as(log(rank)).isTrue();
      assertThat(log(rank)).contains("finished true");
    }
  }

  @Test
  void aWireThatIsCutForTenSecondsChangesNothing() throws Exception {
    Path whole = folder.resolve("whole");
    finished(begin(whole, 60));
    Path run = folder.resolve("run");
    List<Process> ranks = begin(run, 60);
    awaitTraining(run);
    wire("down");
    Thread.sleep(10_000);
    assertThat(ranks).as("they wait: " + log(0)).allMatch(Process::isAlive);
    wire("up");
    finished(ranks);
    assertThat(run.resolve(WEIGHTS)).hasSameBinaryContentAs(whole.resolve(WEIGHTS));
  }

  @Test
  void aWireThatIsCutForGoodEndsBothWithinTheTimeoutAndOneRankGoesOn() throws Exception {
    Path run = folder.resolve("run");
    List<Process> ranks = begin(run, 10);
    awaitTraining(run);
    wire("down");
    for (int rank = 0; rank < 2; rank++) {
      assertThat(ranks.get(rank).waitFor(40, TimeUnit.SECONDS)).as(log(rank)).isTrue();
      assertThat(ranks.get(rank).exitValue()).isEqualTo(1);
      assertThat(log(rank)).contains("LOST rank " + rank + " of 2: another rank died or is silent");
    }
    Torch.start(1);
    TrainMember member = RankedProcess.member(run, SETTINGS);
    assertThat(Trainer.over(Mesh.single(), member, TrainedProcess.source(), () -> false).finished())
        .isTrue();
  }
}
