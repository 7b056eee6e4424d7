package org.sememe.models.text;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The rows of a table as RFC 4180 has them: a header, then a row a line; a field in double quotes
 * may hold the separator, line ends, and quotes written twice. One column is the documents' text.
 * Blank lines are passed over. Not thread-safe.
 */
final class CsvRows {
  private static final int MOST_CHARACTERS = 64 << 20;
  private static final char QUOTE = '"';

  private final TextLines lines;
  private final char separator;
  private final String column;
  private int columns = -1;
  private int text;

  /**
   * A table's rows.
   *
   * @param column the name in the header of the text's column
   */
  CsvRows(TextLines lines, char separator, String column) {
    this.lines = lines;
    this.separator = separator;
    this.column = column;
  }

  /** The next row's document, named by the file and the row's first line; empty at the end. */
  Optional<Document> next() throws IOException {
    if (columns < 0) {
      header();
    }
    Optional<Row> row = row();
    if (row.isEmpty()) {
      return Optional.empty();
    }
    List<String> fields = row.get().fields();
    if (fields.size() != columns) {
      throw lines.problem(
          row.get().line(), "has " + fields.size() + " fields, where the header has " + columns);
    }
    return Optional.of(new Document(lines.name() + ":" + row.get().line(), fields.get(text)));
  }

  /** The next row's fields, the header's among them; empty at the end. Not to be mixed with it. */
  Optional<List<String>> fields() throws IOException {
    return row().map(Row::fields);
  }

  private void header() throws IOException {
    List<String> names =
        row()
            .orElseThrow(() -> lines.problem(1, "should be a header with the columns' names"))
            .fields();
    text = names.indexOf(column);
    if (text < 0) {
      throw lines.problem(
          "has no column \"" + column + "\" among " + shown(names) + ": name one as FILE#COLUMN");
    }
    columns = names.size();
  }

  private static List<String> shown(List<String> names) {
    return names.stream()
        .limit(12)
        .map(name -> name.replaceAll("\\s+", " "))
        .map(name -> name.length() > 40 ? name.substring(0, 40) + "..." : name)
        .toList();
  }

  private record Row(long line, List<String> fields) {}

  private Optional<Row> row() throws IOException {
    Optional<String> next = lines.next();
    while (next.isPresent() && next.get().isBlank()) {
      next = lines.next();
    }
    if (next.isEmpty()) {
      return Optional.empty();
    }
    long first = lines.number();
    String line = next.get();
    List<String> fields = new ArrayList<>();
    int at = 0;
    while (true) {
      if (at < line.length() && line.charAt(at) == QUOTE) {
        StringBuilder field = new StringBuilder();
        at++;
        while (true) {
          int quote = line.indexOf(QUOTE, at);
          if (quote < 0) {
            field.append(line, at, line.length()).append('\n');
            if (field.length() > MOST_CHARACTERS) {
              throw lines.problem(first, "opens a quote that is not closed soon");
            }
            line =
                lines
                    .next()
                    .orElseThrow(() -> lines.problem(first, "opens a quote that is never closed"));
            at = 0;
          } else if (quote + 1 < line.length() && line.charAt(quote + 1) == QUOTE) {
            field.append(line, at, quote + 1);
            at = quote + 2;
          } else {
            field.append(line, at, quote);
            at = quote + 1;
            break;
          }
        }
        if (at < line.length() && line.charAt(at) != separator) {
          throw lines.problem("has more behind a closing quote: write quotes inside a field twice");
        }
        fields.add(field.toString());
      } else {
        int end = line.indexOf(separator, at);
        fields.add(line.substring(at, end < 0 ? line.length() : end));
        at = end < 0 ? line.length() : end;
      }
      if (at >= line.length()) {
        return Optional.of(new Row(first, fields));
      }
      at++; // behind the separator, where an empty field may stand last
      if (at == line.length()) {
        fields.add("");
        return Optional.of(new Row(first, fields));
      }
    }
  }
}
