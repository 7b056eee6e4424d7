package org.sememe.models.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;

/**
 * The Java sources of the JDK that runs this program ({@code lib/src.zip}), a file a document: Java
 * and English Javadoc. The licence at a file's head is left out (thousands of equal pages teach
 * nothing), and a file is cut after some thousand characters, so that a small budget of tokens sees
 * many files.
 */
record JdkSourceText(ZipText sources) implements TextSource {
  private static final int MOST_CHARACTERS = 8_000;

  /**
   * The sources of this program's JDK.
   *
   * @throws IOException if it has none
   */
  static JdkSourceText find() throws IOException {
    Path zip = Path.of(System.getProperty("java.home"), "lib", "src.zip");
    if (!Files.isRegularFile(zip)) {
      throw new IOException(
          zip
              + ": this JDK comes without its sources: use another (Temurin has them) or other text");
    }
    return new JdkSourceText(
        new ZipText(
            zip,
            "text",
            entries -> NameHashOrder.sorted(entries, ZipEntry::getName),
            JdkSourceText::shaped));
  }

  @Override
  public String name() {
    return "jdk-src " + Runtime.version();
  }

  @Override
  public Stream<Document> documents() throws IOException {
    return sources
        .documents()
        .filter(document -> document.name().endsWith(".java"))
        .map(JdkSourceText::named);
  }

  /** By the path in the sources alone, which says more than where they lie on this machine. */
  private static Document named(Document document) {
    String path = document.name().substring(document.name().indexOf('!') + 1);
    return new Document("jdk-src/" + path, document.text());
  }

  private static String shaped(String text) {
    int start = 0;
    if (text.startsWith("/*")) {
      int end = text.indexOf("*/");
      start = end < 0 ? 0 : end + 2;
    }
    while (start < text.length() && Character.isWhitespace(text.charAt(start))) {
      start++;
    }
    if (text.length() - start <= MOST_CHARACTERS) {
      return text.substring(start);
    }
    int end = text.lastIndexOf('\n', start + MOST_CHARACTERS) + 1;
    return text.substring(start, end > start ? end : start + MOST_CHARACTERS);
  }
}
