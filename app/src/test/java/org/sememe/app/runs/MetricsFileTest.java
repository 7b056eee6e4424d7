package org.sememe.app.runs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is read of a file that another process is writing. */
class MetricsFileTest {
  @TempDir private Path root;

  private static List<Integer> steps(MetricsFile.Lines lines) {
    return lines.lines().stream().map(line -> line.path("step").asInt()).toList();
  }

  @Test
  void onlyWholeLinesAreReadAndEachOnce() throws IOException {
    Path path = root.resolve("metrics.jsonl");
    MetricsFile file = new MetricsFile(path);
    assertThat(file.read(0).lines()).isEmpty();
    assertThat(file.last()).isEmpty();
    Files.writeString(path, "{\"step\":1,\"loss\":2}\n{\"step\":2,\"lo");
    MetricsFile.Lines first = file.read(0);
    assertThat(steps(first)).containsExactly(1);
    assertThat(file.read(first.end()).lines()).isEmpty();
    Files.writeString(path, "ss\":1}\n", StandardOpenOption.APPEND);
    MetricsFile.Lines second = file.read(first.end());
    assertThat(steps(second)).containsExactly(2);
    assertThat(second.end()).isEqualTo(Files.size(path));
    assertThat(file.last().orElseThrow().path("step").asInt()).isEqualTo(2);
  }

  @Test
  void damagedLinesArePassedOver() throws IOException {
    Path path = root.resolve("metrics.jsonl");
    Files.write(path, "{\"step\":1}\n\0\0\0\n[1]\n\n{\"step\":2}}\n{\"step\":3}\n".getBytes());
    assertThat(steps(new MetricsFile(path).read(0))).contains(1, 3).doesNotContain(0);
  }

  @Test
  void aRunThatGoesBackIsReadAgain() throws IOException {
    SyntheticRun run = SyntheticRun.in(root, "run", 0.1).logged(10, 100);
    MetricsFile file = new MetricsFile(run.metrics());
    MetricsFile.Lines all = file.read(0);
    assertThat(all.lines()).hasSize(10);
    run.backTo(40);
    MetricsFile.Lines again = file.read(all.end());
    assertThat(steps(again)).containsExactly(10, 20, 30, 40);
    assertThat(again.end()).isLessThan(all.end());
  }

  @Test
  void anOverviewKeepsTheEndsAndTheWarnings() throws IOException {
    SyntheticRun run =
        SyntheticRun.in(root, "run", 0.1).logged(10, 330, "dead").logged(340, 10_000);
    MetricsFile.Lines thin = new MetricsFile(run.metrics()).overview(50);
    assertThat(thin.lines()).hasSizeBetween(50, 60);
    assertThat(steps(thin)).contains(10, 330, 10_000).isSorted();
    assertThat(thin.end()).isEqualTo(Files.size(run.metrics()));
  }

  @Test
  void runsAreListedAndADamagedOneIsLeftOut() throws IOException {
    SyntheticRun.in(root, "b", 0.1).logged(10, 50);
    SyntheticRun.in(root, "a", 0.1);
    Files.createDirectories(root.resolve("damaged"));
    Files.writeString(root.resolve("damaged/run.json"), "{");
    Files.createDirectories(root.resolve("other"));
    RunFolders folders = RunFolders.of(root.resolve("a")).orElseThrow();
    assertThat(folders.list()).extracting(RunFolders.Summary::name).containsExactly("a", "b");
    assertThat(folders.list().getFirst().silentSeconds()).isEmpty();
    assertThat(folders.list().getLast().last().orElseThrow().path("step").asInt()).isEqualTo(50);
    assertThat(folders.metrics("../a")).isEmpty();
    assertThat(RunFolders.of(root.resolve("other"))).isEmpty();
    assertThat(RunFolders.of(root.resolve("nowhere"))).isEmpty();
  }
}
