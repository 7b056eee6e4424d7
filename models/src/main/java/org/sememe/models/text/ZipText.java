package org.sememe.models.text;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * The files in a zip, each read as one outside. Those that are not UTF-8 text, and Parquet files,
 * are passed over.
 *
 * @param order puts the entries in order
 * @param shape what becomes of a file's text
 */
record ZipText(
    Path file, String field, UnaryOperator<List<ZipEntry>> order, Function<String, String> shape)
    implements TextSource {
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
    ZipFile zip = opened(file);
    List<ZipEntry> files =
        zip.stream().filter(entry -> !entry.isDirectory()).<ZipEntry>map(entry -> entry).toList();
    return DocumentStream.inTurn(order.apply(files), entry -> read(zip, entry))
        .onClose(
            () -> {
              try {
                zip.close();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
  }

  private Stream<Document> read(ZipFile zip, ZipEntry entry) throws IOException {
    String name = file + "!" + entry.getName();
    InputStream in;
    try {
      in = zip.getInputStream(entry);
    } catch (IOException e) {
      throw new IOException(name + ": " + e.getMessage(), e);
    }
    Stream<Document> documents = TextForm.documents(name, in, field, /* textOnly= */ false);
    return TextForm.of(name) == TextForm.WHOLE
        ? documents.map(document -> new Document(name, shape.apply(document.text())))
        : documents;
  }

  private static ZipFile opened(Path file) throws IOException {
    try {
      return new ZipFile(file.toFile());
    } catch (IOException | IllegalArgumentException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }
}
