package org.sememe.app.runs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.sememe.tensors.JsonFile;
import org.sememe.training.TrainingRun;

/**
 * The runs that lie side by side in a folder, finished or not. What is there is looked up anew in
 * every call. Stateless.
 *
 * @param root the folder above them
 */
public record RunFolders(Path root) {
  private static final String RUN = "run.json";
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * A run.
   *
   * @param name its folder's
   * @param model that its rows come from
   * @param hook and where
   * @param options as {@code run.json} holds them
   * @param steps of the whole run
   * @param finished whether its dictionary is there
   * @param last the last line of its metrics that holds a loss
   * @param silentSeconds since something was last written to its metrics; empty if nothing was yet
   */
  public record Summary(
      String name,
      String model,
      String hook,
      JsonNode options,
      long steps,
      boolean finished,
      Optional<JsonNode> last,
      Optional<Double> silentSeconds) {}

  /** Those of the folder that holds a run, or of a folder of runs; empty if neither is there. */
  public static Optional<RunFolders> of(Path path) throws IOException {
    if (Files.isRegularFile(path.resolve(RUN))) {
      return Optional.of(new RunFolders(path.toAbsolutePath().normalize().getParent()));
    }
    RunFolders inside = new RunFolders(path);
    return Files.isDirectory(path) && !inside.folders().isEmpty()
        ? Optional.of(inside)
        : Optional.empty();
  }

  /** All that can be read, by name. */
  public List<Summary> list() throws IOException {
    return folders().stream().map(RunFolders::summary).flatMap(Optional::stream).toList();
  }

  /** The metrics of the run of that name; empty if there is none. */
  public Optional<MetricsFile> metrics(String name) throws IOException {
    return folders().stream()
        .filter(folder -> folder.getFileName().toString().equals(name))
        .findFirst()
        .map(folder -> new MetricsFile(folder.resolve("metrics.jsonl")));
  }

  private List<Path> folders() throws IOException {
    try (Stream<Path> all = Files.list(root)) {
      return all.filter(folder -> Files.isRegularFile(folder.resolve(RUN)))
          .sorted(Comparator.comparing(folder -> folder.getFileName().toString()))
          .toList();
    }
  }

  /** A run whose {@code run.json} is damaged is not shown; {@code sememe resume} says why. */
  private static Optional<Summary> summary(Path folder) {
    try {
      JsonNode file = JsonFile.read(JSON, folder.resolve(RUN));
      TrainingRun run = TrainingRun.open(folder);
      Optional<Double> silent =
          Files.exists(run.metrics())
              ? Optional.of(
                  Math.max(
                      0,
                      (System.currentTimeMillis()
                              - Files.getLastModifiedTime(run.metrics()).toMillis())
                          / 1e3))
              : Optional.empty();
      return Optional.of(
          new Summary(
              folder.getFileName().toString(),
              run.provenance().model(),
              run.provenance().hook(),
              file.path("options"),
              file.path("plan").path("steps").asLong(),
              run.finished(),
              new MetricsFile(run.metrics()).last(),
              silent));
    } catch (IOException | RuntimeException unreadable) {
      return Optional.empty();
    }
  }
}
