package org.sememe.app.stages;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.sememe.analysis.evaluation.EvaluationReport;
import org.sememe.tensors.AtomicFile;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFile;

/**
 * An evaluation as it is kept beside the run, in {@value #FILE}.
 *
 * @param inputs what was measured on what: equal inputs give an equal report
 * @param report what was measured
 */
public record Evaluated(Map<String, String> inputs, EvaluationReport report) {
  /** The file's name. */
  static final String FILE = "eval.json";

  private static final ObjectMapper MAPPER =
      new ObjectMapper()
          .registerModule(new Jdk8Module())
          .setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES);

  public Evaluated {
    inputs = Map.copyOf(inputs);
  }

  /** Writes the file into a folder. */
  public void write(Path folder) throws IOException {
    AtomicFile.write(
        folder.resolve(FILE), out -> MAPPER.writerWithDefaultPrettyPrinter().writeValue(out, this));
  }

  /**
   * What a folder keeps; empty if there is none, or it cannot be read (it can be measured anew).
   */
  public static Optional<Evaluated> read(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(JsonFile.read(MAPPER, file, Evaluated.class));
    } catch (FormatException unreadable) {
      return Optional.empty();
    }
  }
}
