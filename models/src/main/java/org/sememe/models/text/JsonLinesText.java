package org.sememe.models.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** A file with one JSON object a line; a field of it is the document's text. */
record JsonLinesText(Path file, String field) implements TextSource {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Document END = new Document("", "end");
  private static final Document BLANK = new Document("", "blank");

  @Override
  public String name() {
    return file + "#" + field;
  }

  @Override
  public Stream<Document> documents() throws IOException {
    BufferedReader lines = Files.newBufferedReader(file);
    return documents(file.toString(), lines, field)
        .onClose(
            () -> {
              try {
                lines.close();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
  }

  /** The documents of some lines, named by the file and the line. */
  static Stream<Document> documents(String file, BufferedReader lines, String field) {
    AtomicLong line = new AtomicLong();
    return Stream.generate(() -> next(file, lines, line, field))
        .takeWhile(document -> !document.equals(END))
        .filter(document -> !document.equals(BLANK));
  }

  private static Document next(String file, BufferedReader lines, AtomicLong at, String field) {
    long number = at.incrementAndGet();
    try {
      String line = lines.readLine();
      if (line == null) {
        return END;
      }
      if (line.isBlank()) {
        return BLANK;
      }
      JsonNode text = JSON.readTree(line).path(field);
      if (!text.isTextual()) {
        throw new IOException(
            file
                + ": line "
                + number
                + " has no text \""
                + field
                + "\": name the field as FILE#FIELD");
      }
      return new Document(file + ":" + number, text.textValue());
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(
          new IOException(file + ": line " + number + " is not JSON", e));
    } catch (MalformedInputException e) {
      throw new UncheckedIOException(new IOException(file + ": not UTF-8 text", e));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
