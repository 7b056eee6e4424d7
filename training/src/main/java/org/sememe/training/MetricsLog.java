package org.sememe.training;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sememe.tensors.AtomicFile;

/**
 * {@code metrics.jsonl}: one JSON object a logged step, each written through at once. One thread at
 * a time.
 */
public final class MetricsLog implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final BufferedWriter out;

  /**
   * Goes on after step {@code done}: lines of later steps, which an interrupted run had written
   * beyond its checkpoint, are taken out.
   */
  public MetricsLog(Path file, long done) throws IOException {
    if (Files.exists(file)) {
      List<String> kept = new ArrayList<>();
      for (String line :
          new String(Files.readAllBytes(file), StandardCharsets.UTF_8).lines().toList()) {
        if (step(line) <= done) {
          kept.add(line);
        }
      }
      String text = kept.isEmpty() ? "" : String.join("\n", kept) + "\n";
      AtomicFile.write(file, stream -> stream.write(text.getBytes(StandardCharsets.UTF_8)));
    }
    this.out =
        Files.newBufferedWriter(
            file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
  }

  /** A line that was cut off counts as later than any. */
  private static long step(String line) {
    try {
      return JSON.readTree(line).path("step").asLong(Long.MAX_VALUE);
    } catch (JsonProcessingException e) {
      return Long.MAX_VALUE;
    }
  }

  /**
   * Writes a line.
   *
   * @param more what is no scalar
   */
  void write(long step, long tokens, Map<String, Double> scalars, Map<String, Object> more)
      throws IOException {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("tokens", tokens);
    fields.putAll(scalars);
    fields.putAll(more);
    write(step, fields);
  }

  /** Writes a line of a step's fields; a number that is not finite becomes null. */
  public void write(long step, Map<String, ?> values) throws IOException {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("step", step);
    values.forEach(
        (name, value) ->
            fields.put(name, value instanceof Double d && !Double.isFinite(d) ? null : value));
    out.write(JSON.writeValueAsString(fields));
    out.newLine();
    out.flush();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
