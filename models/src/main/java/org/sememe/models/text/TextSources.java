package org.sememe.models.text;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.sememe.models.sources.ModelSource;

/** Opens text sources. */
public final class TextSources {
  private static final String DEFAULT_FIELD = "text";
  private static final Pattern FIRST_MARK = Pattern.compile("[*?\\[{]");

  private TextSources() {}

  /**
   * The source of a spec: a name ({@code wordnet}, {@code jdk-src}, or of a {@link NamedCorpus},
   * which is fetched once; all but {@code jdk-src} are {@link LabelledText}), a file, a folder, or
   * a pattern of files as the shell has them ({@code texts/**.jsonl.gz}). A {@code .jsonl} or
   * {@code .ndjson} file holds a document a line, {@code .csv} and {@code .tsv} (with a header) and
   * {@code .parquet} a document a row, a {@code .zip} what lies in it, any other file is one
   * document; all but the last two also packed, with {@code .gz} or {@code .zst} at the end. The
   * field or column is {@code text}, or named behind {@code #}: {@code reviews.jsonl#body}. Several
   * specs joined by {@code +} are read side by side, always from the one that gave the fewest
   * characters so far.
   *
   * @throws IllegalArgumentException if the spec names nothing; the message says what could be
   * @throws IOException if it names something that cannot be read
   */
  public static TextSource open(String spec) throws IOException {
    return open(spec, (what, done, total) -> {});
  }

  /** The same; {@code progress} hears of downloads. */
  public static TextSource open(String spec, ModelSource.Progress progress) throws IOException {
    if (exists(spec)) { // a path may hold a plus sign
      return one(spec, progress);
    }
    List<TextSource> parts = new ArrayList<>();
    for (String part : spec.split("\\+", -1)) {
      parts.add(one(part.strip(), progress));
    }
    return parts.size() == 1 ? parts.getFirst() : new BalancedText(parts);
  }

  private static TextSource one(String spec, ModelSource.Progress progress) throws IOException {
    Optional<NamedCorpus> corpus = exists(spec) ? Optional.empty() : NamedCorpus.of(spec);
    if (corpus.isPresent()) {
      Path archive = ModelSource.corpus(corpus.get().packed(), progress);
      return new PackagedText(archive, corpus.get());
    }
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
    if (!path.isEmpty() && exists(path)) {
      Path file = Path.of(path);
      return Files.isDirectory(file)
          ? FolderText.of(file, field)
          : new FileText(file, field, /* textOnly= */ true);
    }
    return pattern(path, field)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no text '"
                        + spec
                        + "': give wordnet, jdk-src, sotu, moby-dick, spam-assassin, brown, a folder, a pattern such as"
                        + " 'texts/**.jsonl.gz', or a .txt, .jsonl, .csv, .tsv (also .gz, .zst),"
                        + " .parquet or .zip file (several joined by +)"));
  }

  /**
   * A path with {@code *}, {@code ?}, {@code [} or <code>{</code>, below a folder that is there.
   */
  private static Optional<TextSource> pattern(String path, String field) {
    int mark =
        FIRST_MARK.matcher(path).results().mapToInt(MatchResult::start).findFirst().orElse(-1);
    if (mark < 0) {
      return Optional.empty();
    }
    int slash = path.lastIndexOf('/', mark);
    String folder = slash < 0 ? "." : slash == 0 ? "/" : path.substring(0, slash);
    String pattern = path.substring(slash + 1);
    try {
      FileSystems.getDefault().getPathMatcher("glob:" + pattern);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException("no text '" + path + "': " + e.getDescription(), e);
    }
    return exists(folder)
        ? Optional.of(new FolderText(path, Path.of(folder), pattern, field))
        : Optional.empty();
  }

  private static boolean exists(String path) {
    try {
      return !path.isEmpty() && Files.exists(Path.of(path));
    } catch (InvalidPathException e) {
      return false;
    }
  }
}
