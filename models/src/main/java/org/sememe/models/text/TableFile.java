package org.sememe.models.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A small table in a file, all of it in memory. */
public final class TableFile {
  private static final ObjectMapper JSON = new ObjectMapper();

  private TableFile() {}

  /**
   * Its rows, each by the names of its columns: of {@code .csv} (RFC 4180, with a header) or {@code
   * .tsv}, else of JSON lines, whose texts, numbers and truths are taken as text.
   *
   * @throws IOException naming file and line, for what cannot be read
   */
  public static List<Map<String, String>> read(Path file) throws IOException {
    String name = file.toString();
    try (InputStream in = Files.newInputStream(file)) {
      TextLines lines = new TextLines(name, in);
      return name.endsWith(".csv") || name.endsWith(".tsv")
          ? separated(lines, name.endsWith(".csv") ? ',' : '\t')
          : objects(lines);
    }
  }

  private static List<Map<String, String>> separated(TextLines lines, char separator)
      throws IOException {
    CsvRows rows = new CsvRows(lines, separator, "");
    List<String> columns =
        rows.fields()
            .orElseThrow(() -> lines.problem(1, "should be a header with the columns' names"));
    List<Map<String, String>> all = new ArrayList<>();
    for (Optional<List<String>> row = rows.fields(); row.isPresent(); row = rows.fields()) {
      if (row.get().size() != columns.size()) {
        throw lines.problem(
            "ends a row of %d fields, where the header has %d"
                .formatted(row.get().size(), columns.size()));
      }
      Map<String, String> cells = new LinkedHashMap<>();
      for (int i = 0; i < columns.size(); i++) {
        cells.put(columns.get(i), row.get().get(i));
      }
      all.add(cells);
    }
    return all;
  }

  private static List<Map<String, String>> objects(TextLines lines) throws IOException {
    List<Map<String, String>> all = new ArrayList<>();
    for (Optional<String> line = lines.next(); line.isPresent(); line = lines.next()) {
      if (line.get().isBlank()) {
        continue;
      }
      try {
        JsonNode object = JSON.readTree(line.get());
        if (!object.isObject()) {
          throw lines.problem("is no JSON object");
        }
        Map<String, String> cells = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> field : object.properties()) {
          if (field.getValue().isValueNode() && !field.getValue().isNull()) {
            cells.put(field.getKey(), field.getValue().asText());
          }
        }
        all.add(cells);
      } catch (JsonProcessingException e) {
        throw lines.problem("is not JSON");
      }
    }
    return all;
  }
}
