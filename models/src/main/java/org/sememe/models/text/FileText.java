package org.sememe.models.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * A file of any form that is known: see {@link TextSources}.
 *
 * @param field of a JSON object, or the column, that is the text
 * @param textOnly whether a file that is not text is an error; else it has no documents
 */
record FileText(Path file, String field, boolean textOnly) implements TextSource {
  @Override
  public String name() {
    return TextForm.of(file.toString()) == TextForm.WHOLE && !parquet()
        ? file.toString()
        : file + "#" + field;
  }

  private boolean parquet() {
    return lower().endsWith(".parquet");
  }

  private String lower() {
    return file.getFileName().toString().toLowerCase(Locale.ROOT);
  }

  @Override
  public Stream<Document> documents() throws IOException {
    if (parquet()) {
      return new ParquetText(file, field).documents();
    }
    if (lower().endsWith(".zip")) {
      return ZipText.of(file, field).documents();
    }
    return TextForm.documents(file.toString(), Files.newInputStream(file), field, textOnly);
  }
}
