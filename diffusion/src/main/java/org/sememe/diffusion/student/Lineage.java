package org.sememe.diffusion.student;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.sememe.tensors.AtomicFile;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFile;

/**
 * What a student learns from, as its run keeps it in {@code lineage.json}: paths from the run's
 * folder, so that runs can be moved together.
 *
 * @param teacher the teacher's folder
 * @param features the feature network's
 */
public record Lineage(Path teacher, Path features) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String FILE = "lineage.json";

  /** Writes it into a run's folder. */
  void write(Path run) throws IOException {
    Path from = run.toAbsolutePath().normalize();
    byte[] text =
        JSON.writeValueAsBytes(
            JSON.createObjectNode()
                .put("teacher", from.relativize(whole(teacher)).toString())
                .put("features", from.relativize(whole(features)).toString()));
    AtomicFile.write(run.resolve(FILE), out -> out.write(text));
  }

  private static Path whole(Path path) {
    return path.toAbsolutePath().normalize();
  }

  /**
   * That of a run; empty for a run that is no student's, or of an earlier version.
   *
   * @throws FormatException if it is damaged
   */
  public static Optional<Lineage> read(Path run) throws IOException {
    Path file = run.resolve(FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    JsonNode json = JsonFile.read(JSON, file);
    if (!json.path("teacher").isTextual() || !json.path("features").isTextual()) {
      throw new FormatException(file, 0, "names no teacher and features");
    }
    Path from = whole(run);
    return Optional.of(
        new Lineage(
            from.resolve(json.path("teacher").asText()).normalize(),
            from.resolve(json.path("features").asText()).normalize()));
  }
}
