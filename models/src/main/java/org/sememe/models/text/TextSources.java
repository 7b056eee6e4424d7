package org.sememe.models.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Opens text sources. */
public final class TextSources {
  private static final String DEFAULT_FIELD = "text";

  private TextSources() {}

  /**
   * The source of a spec: a path ({@code .txt}, {@code .jsonl}, {@code .zip}, a folder), or a name:
   * {@code wordnet}, {@code jdk-src}. Several joined by {@code +} are read side by side, always
   * from the one that gave the fewest characters so far. A field of jsonl is named behind {@code
   * #}: {@code reviews.jsonl#body}.
   *
   * @throws IllegalArgumentException if the spec names nothing; the message says what could be
   * @throws IOException if it names something that cannot be read
   */
  public static TextSource open(String spec) throws IOException {
    if (exists(spec)) { // a path may hold a plus sign
      return one(spec);
    }
    List<TextSource> parts = new ArrayList<>();
    for (String part : spec.split("\\+", -1)) {
      parts.add(one(part.strip()));
    }
    return parts.size() == 1 ? parts.getFirst() : new BalancedText(parts);
  }

  private static TextSource one(String spec) throws IOException {
    switch (spec) {
      case "wordnet" -> {
        return new WordNetText();
      }
      case "jdk-src" -> {
        return JdkSourceText.find();
      }
      default -> {
        int hash = exists(spec) ? -1 : spec.lastIndexOf('#');
        String field = hash < 0 ? DEFAULT_FIELD : spec.substring(hash + 1);
        return file(spec, hash < 0 ? spec : spec.substring(0, hash), field);
      }
    }
  }

  private static TextSource file(String spec, String path, String field) {
    if (path.isEmpty() || !exists(path)) {
      throw new IllegalArgumentException(
          "no text '"
              + spec
              + "': give wordnet, jdk-src, a folder, or a .txt, .jsonl or .zip file (several joined"
              + " by +)");
    }
    Path file = Path.of(path);
    if (Files.isDirectory(file)) {
      return new FolderText(file, field);
    }
    String name = path.toLowerCase(Locale.ROOT);
    if (name.endsWith(".jsonl")) {
      return new JsonLinesText(file, field);
    }
    return name.endsWith(".zip") ? ZipText.of(file, field) : new PlainText(file);
  }

  private static boolean exists(String path) {
    try {
      return !path.isEmpty() && Files.exists(Path.of(path));
    } catch (InvalidPathException e) {
      return false;
    }
  }
}
