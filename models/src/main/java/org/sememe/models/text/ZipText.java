package org.sememe.models.text;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * The files in a zip: a document each, a .jsonl file a document a line. Those that are not UTF-8
 * text are passed over.
 *
 * @param order puts the entries in order
 * @param shape what becomes of a file's text
 */
record ZipText(
    Path file, String field, UnaryOperator<List<ZipEntry>> order, Function<String, String> shape)
    implements TextSource {
  /** No entry is read further than this: a small zip may claim to hold terabytes. */
  private static final int MOST_BYTES = 256 << 20;

  static ZipText of(Path file, String field) {
    return new ZipText(
        file,
        field,
        entries -> entries.stream().sorted(Comparator.comparing(ZipEntry::getName)).toList(),
        Function.identity());
  }

  @Override
  public String name() {
    return file.toString();
  }

  @Override
  public Stream<Document> documents() throws IOException {
    ZipFile zip = new ZipFile(file.toFile());
    List<ZipEntry> files =
        zip.stream().filter(entry -> !entry.isDirectory()).<ZipEntry>map(entry -> entry).toList();
    return order.apply(files).stream()
        .<Document>flatMap(entry -> read(zip, entry))
        .onClose(
            () -> {
              try {
                zip.close();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
  }

  private Stream<Document> read(ZipFile zip, ZipEntry entry) {
    String name = file + "!" + entry.getName();
    try {
      if (entry.getName().toLowerCase(Locale.ROOT).endsWith(".jsonl")) {
        InputStream in = zip.getInputStream(entry); // closed with the zip
        return JsonLinesText.documents(
            name, new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8)), field);
      }
      try (InputStream in = zip.getInputStream(entry)) {
        byte[] bytes = in.readNBytes(MOST_BYTES + 1);
        if (bytes.length > MOST_BYTES) {
          throw new IOException(name + ": over 256 MB when unpacked");
        }
        return PlainText.decoded(bytes).stream().map(text -> new Document(name, shape.apply(text)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
