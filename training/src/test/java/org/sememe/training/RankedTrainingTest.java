package org.sememe.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sememe.tensors.Torch;
import org.sememe.training.ranks.Mesh;
import org.sememe.training.ranks.RankProcesses;

class RankedTrainingTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String WEIGHTS = "sae/blocks.0.hook_resid_post/sae_weights.safetensors";

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    Torch.start(1);
  }

  private List<Process> begin(String grid, int ranks, Path run, List<String> settings)
      throws IOException {
    List<String> arguments = new ArrayList<>(List.of(grid, run.toString()));
    arguments.addAll(settings);
    return RankProcesses.start(ranks, folder, RankedProcess.class, arguments);
  }

  private String log(int rank) throws IOException {
    return Files.readString(folder.resolve("rank-" + rank + ".log"));
  }

  private void finish(List<Process> ranks) throws Exception {
    for (int rank = 0; rank < ranks.size(); rank++) {
      assertThat(ranks.get(rank).waitFor()).as(log(rank)).isZero();
      assertThat(log(rank)).contains("finished true");
    }
  }

  /** Begins a run, or goes on with it, on one rank. */
  private static Path alone(Path run, List<String> settings) throws Exception {
    Trainer.over(
        Mesh.single(), RankedProcess.member(run, settings), TrainedProcess.source(), () -> false);
    return run;
  }

  private static List<JsonNode> metrics(Path run) throws IOException {
    List<JsonNode> steps = new ArrayList<>();
    for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
      steps.add(JSON.readTree(line));
    }
    return steps;
  }

  @ParameterizedTest
  @CsvSource({
    "rows,2,architecture=topk",
    "rows,3,architecture=batchtopk",
    "rows,2,architecture=batchtopk screening=int8",
    "rows,2,'matryoshka=1/4,1/4,1/2'",
    "zero1,3,architecture=batchtopk clip=0.05",
    "latents,2,architecture=topk",
    "latents,3,architecture=batchtopk clip=0.05",
    "'rows:2,latents:2',4,architecture=topk",
    "'rows:2,latents:2',4,architecture=batchtopk clip=0.05",
  })
  void ranksGoTheWayOfOne(String grid, int ranks, String options) throws Exception {
    List<String> settings = new ArrayList<>(List.of(options.split(" ")));
    settings.add("checkpoint-every=200"); // the other tests write many
    Path together = folder.resolve("together");
    List<Process> processes = begin(grid, ranks, together, settings);
    List<JsonNode> wanted = metrics(alone(folder.resolve("alone"), settings));
    finish(processes);
    List<JsonNode> got = metrics(together);
    assertThat(wanted).hasSize(200);
    assertThat(got).hasSameSizeAs(wanted);
    for (int step = 0; step < 200; step++) {
      JsonNode one = wanted.get(step);
      JsonNode several = got.get(step);
      for (String figure : List.of("loss", "fvu", "l0", "gradient_norm", "threshold")) {
        double value = one.get(figure).asDouble();
        assertThat(several.get(figure).asDouble())
            .as("%s at step %d", figure, step + 1)
            .isCloseTo(value, within(1e-4 * Math.abs(value)));
      }
      assertThat(several.get("dead")).as("dead at step %d", step + 1).isEqualTo(one.get("dead"));
      assertThat(several.get("density")).isEqualTo(one.get("density"));
    }
  }

  /** Who updates a latent changes nothing of it, nor what a checkpoint holds. */
  @Test
  void aSharedOutUpdateMakesTheSameBytes() throws Exception {
    List<String> settings = List.of("architecture=topk", "tokens=6400");
    Path rows = folder.resolve("rows");
    Path zero = folder.resolve("zero");
    finish(begin("rows", 3, rows, settings));
    finish(begin("zero1", 3, zero, settings));
    assertThat(zero.resolve(WEIGHTS)).hasSameBinaryContentAs(rows.resolve(WEIGHTS));
    String checkpoint = "checkpoints/step-%010d.safetensors".formatted(newest(rows));
    assertThat(zero.resolve(checkpoint)).hasSameBinaryContentAs(rows.resolve(checkpoint));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rows", "latents"})
  void theDeathOfARankEndsTheJobAndAnotherNumberOfRanksGoesOn(String grid) throws Exception {
    List<String> settings = List.of("architecture=batchtopk", "tokens=51200");
    Path run = folder.resolve("killed");
    Random random = new Random(3);
    for (int victim = 0; victim < 2; victim++) {
      List<Process> ranks = begin(grid, 2, run, settings);
      long before = newest(run);
      while (ranks.getFirst().isAlive() && newest(run) == before) {
        Thread.sleep(10);
      }
      Thread.sleep(random.nextInt(100));
      ranks.get(victim).destroyForcibly().waitFor();
      int other = 1 - victim;
      assertThat(ranks.get(other).waitFor()).as(log(other)).isEqualTo(1);
      assertThat(log(other)).contains("LOST rank " + other + " of 2: another rank died");
    }
    List<JsonNode> got = metrics(alone(run, settings));
    List<JsonNode> wanted = metrics(alone(folder.resolve("whole"), settings));
    assertThat(got).hasSameSizeAs(wanted);
    double value = wanted.getLast().get("loss").asDouble();
    assertThat(got.getLast().get("loss").asDouble())
        .isCloseTo(value, within(1e-3 * Math.abs(value)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rows", "latents"})
  void aKilledJobEndsWithTheBytesOfOneThatWasNot(String grid) throws Exception {
    List<String> settings = List.of("architecture=topk", "tokens=25600");
    Path killed = folder.resolve("killed");
    List<Process> ranks = begin(grid, 2, killed, settings);
    while (ranks.getFirst().isAlive() && checkpoints(killed).findAny().isEmpty()) {
      Thread.sleep(10);
    }
    ranks.get(1).destroyForcibly().waitFor();
    ranks.get(0).waitFor();
    finish(begin(grid, 2, killed, settings));
    Path whole = folder.resolve("whole");
    finish(begin(grid, 2, whole, settings));
    assertThat(killed.resolve(WEIGHTS)).hasSameBinaryContentAs(whole.resolve(WEIGHTS));
  }

  private static Stream<Path> checkpoints(Path run) throws IOException {
    Path checkpoints = run.resolve("checkpoints");
    if (!Files.isDirectory(checkpoints)) {
      return Stream.empty();
    }
    try (Stream<Path> files = Files.list(checkpoints)) {
      return files.filter(file -> file.toString().endsWith(".sha256")).toList().stream();
    }
  }

  /** The step of the newest checkpoint; -1 where there is none. */
  private static long newest(Path run) throws IOException {
    return checkpoints(run)
        .map(file -> file.getFileName().toString())
        .mapToLong(name -> Long.parseLong(name.substring("step-".length(), name.indexOf('.'))))
        .max()
        .orElse(-1);
  }
}
