package org.sememe.models.text;

import com.github.luben.zstd.ZstdInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** How documents lie in the bytes of a file, as its name tells, before any {@code .gz, .zst}. */
enum TextForm {
  /** A JSON object a line. */
  LINES,
  /** A table with commas. */
  COMMAS,
  /** A table with tabs. */
  TABS,
  /** The whole file is one document. */
  WHOLE;

  /** No document is longer than this: a small file may claim to hold terabytes. */
  static final int MOST_BYTES = 256 << 20;

  private static final String GZIP = ".gz";
  private static final String ZSTANDARD = ".zst";

  /** A file's name in small letters, without what says how it is packed. */
  private static String plain(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.endsWith(GZIP) || lower.endsWith(ZSTANDARD)
        ? lower.substring(0, lower.lastIndexOf('.'))
        : lower;
  }

  /** The form that a file's name tells. */
  static TextForm of(String name) {
    String plain = plain(name);
    if (plain.endsWith(".jsonl") || plain.endsWith(".ndjson")) {
      return LINES;
    }
    if (plain.endsWith(".csv")) {
      return COMMAS;
    }
    return plain.endsWith(".tsv") ? TABS : WHOLE;
  }

  /**
   * The documents in some bytes; closing the stream closes {@code in}.
   *
   * @param name of the file, which tells its form and is named in errors
   * @param in its bytes, as they lie in the file
   * @param field of a JSON object, or the column, that is the text
   * @param textOnly whether a whole file that is not text is an error; else it has no documents
   */
  static Stream<Document> documents(String name, InputStream in, String field, boolean textOnly)
      throws IOException {
    try {
      InputStream unpacked = unpacked(name, in);
      return switch (of(name)) {
        case LINES -> {
          JsonLines lines = new JsonLines(new TextLines(name, unpacked), field);
          yield DocumentStream.of(lines::next, unpacked);
        }
        case COMMAS -> {
          CsvRows rows = new CsvRows(new TextLines(name, unpacked), ',', field);
          yield DocumentStream.of(rows::next, unpacked);
        }
        case TABS -> {
          CsvRows rows = new CsvRows(new TextLines(name, unpacked), '\t', field);
          yield DocumentStream.of(rows::next, unpacked);
        }
        case WHOLE -> {
          try (unpacked) {
            yield whole(name, unpacked, textOnly).stream();
          }
        }
      };
    } catch (Throwable problem) {
      in.close();
      throw problem;
    }
  }

  private static InputStream unpacked(String name, InputStream in) throws IOException {
    String lower = name.toLowerCase(Locale.ROOT);
    try {
      if (lower.endsWith(GZIP)) {
        return new GZIPInputStream(in, 1 << 16);
      }
      return lower.endsWith(ZSTANDARD) ? new ZstdInputStream(in) : in;
    } catch (IOException e) {
      throw new IOException(name + ": " + e.getMessage(), e);
    }
  }

  private static Optional<Document> whole(String name, InputStream in, boolean textOnly)
      throws IOException {
    byte[] bytes;
    try {
      bytes = in.readNBytes(MOST_BYTES + 1);
    } catch (IOException e) {
      throw new IOException(name + ": " + e.getMessage(), e);
    }
    if (bytes.length > MOST_BYTES) {
      throw new IOException(name + ": over 256 MB of text in one document");
    }
    Optional<String> text = TextLines.decoded(bytes);
    if (text.isEmpty() && textOnly) {
      throw new IOException(name + ": not UTF-8 text");
    }
    return text.map(content -> new Document(name, content));
  }
}
