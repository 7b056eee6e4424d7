package org.sememe.models.text;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.stream.Stream;

/**
 * The files below a folder that match a pattern, in the order of their paths, each read as {@link
 * TextSources} reads one. Hidden files, and files that are not UTF-8 text, are passed over.
 *
 * @param spec what was asked for
 * @param folder where they lie
 * @param pattern of paths relative to it, as {@code glob:} has them; {@code **} matches all
 */
record FolderText(String spec, Path folder, String pattern, String field) implements TextSource {
  /** All files below a folder. */
  static FolderText of(Path folder, String field) {
    return new FolderText(folder.toString(), folder, "**", field);
  }

  @Override
  public String name() {
    return spec;
  }

  @Override
  public Stream<Document> documents() throws IOException {
    PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + pattern);
    List<Path> files;
    try (Stream<Path> walked = Files.walk(folder)) {
      files =
          walked
              .filter(Files::isRegularFile)
              .filter(this::shown)
              .filter(file -> matcher.matches(folder.relativize(file)))
              .sorted()
              .toList();
    }
    if (files.isEmpty()) {
      throw new IOException(spec + ": no files there");
    }
    return DocumentStream.inTurn(
        files, file -> new FileText(file, field, /* textOnly= */ false).documents());
  }

  private boolean shown(Path file) {
    for (Path part : folder.relativize(file)) {
      if (part.toString().startsWith(".")) {
        return false;
      }
    }
    return true;
  }
}
