package org.sememe.models.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Optional;

/**
 * One JSON object a line; a field of it is the document's text. Blank lines are passed over.
 *
 * @param lines of the file
 * @param field its name
 */
record JsonLines(TextLines lines, String field) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The next document, named by the file and the line; empty at the end. */
  Optional<Document> next() throws IOException {
    Optional<String> line = lines.next();
    while (line.isPresent() && line.get().isBlank()) {
      line = lines.next();
    }
    if (line.isEmpty()) {
      return Optional.empty();
    }
    try {
      JsonNode text = JSON.readTree(line.get()).path(field);
      if (!text.isTextual()) {
        throw lines.problem("has no text \"" + field + "\": name the field as FILE#FIELD");
      }
      return Optional.of(new Document(lines.name() + ":" + lines.number(), text.textValue()));
    } catch (JsonProcessingException e) {
      throw lines.problem("is not JSON");
    }
  }
}
