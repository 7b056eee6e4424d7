package org.sememe.models.text;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * All files below a folder, in the order of their paths: a document each, a .jsonl file a document
 * a line. Hidden files, and files that are not UTF-8 text, are passed over.
 */
record FolderText(Path folder, String field) implements TextSource {
  @Override
  public String name() {
    return folder.toString();
  }

  @Override
  public Stream<Document> documents() throws IOException {
    List<Path> files;
    try (Stream<Path> walked = Files.walk(folder)) {
      files = walked.filter(Files::isRegularFile).filter(this::shown).sorted().toList();
    }
    if (files.isEmpty()) {
      throw new IOException(folder + ": no files there");
    }
    return files.stream().flatMap(this::read);
  }

  private boolean shown(Path file) {
    for (Path part : folder.relativize(file)) {
      if (part.toString().startsWith(".")) {
        return false;
      }
    }
    return true;
  }

  private Stream<Document> read(Path file) {
    try {
      if (file.toString().toLowerCase(Locale.ROOT).endsWith(".jsonl")) {
        return new JsonLinesText(file, field).documents();
      }
      return PlainText.decoded(Files.readAllBytes(file)).stream()
          .map(text -> new Document(file.toString(), text));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
