package org.sememe.models.sources;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A whole repository of the Hugging Face hub, or a folder of one: {@code hf:OWNER/NAME[@REVISION]},
 * {@code hf:OWNER/NAME[@REVISION]/FOLDER/}.
 *
 * @param repository {@code OWNER/NAME}
 * @param revision a commit, or the name of a branch or a tag
 * @param folder empty, or a path that ends with a slash
 */
record HubFolder(String repository, String revision, String folder) {
  private static final Pattern SPEC =
      Pattern.compile("hf:(\\w[\\w.-]*/\\w[\\w.-]*)(?:@(\\w[\\w.-]*))?(?:/" + Origin.PATH + "/)?");

  /** Files beside the weights: configurations, tokenizers, templates. */
  private static final Pattern SMALL = Pattern.compile("[^/]+\\.(?:json|txt|model|jinja|ya?ml)");

  /**
   * What lies deeper: how sentence encoders say what their vectors are made of, and the weights of
   * Llama Scope.
   */
  private static final Pattern DEEPER =
      Pattern.compile("[^/]+_Pooling/config\\.json|checkpoints/final\\.safetensors");

  /**
   * Kinds of weights, the first of which that is there is taken. GGUF is none of them: each file is
   * a model of its own, and a repository has it at many sizes.
   */
  private static final List<Pattern> WEIGHTS =
      List.of(
          Pattern.compile("(?!consolidated).+\\.safetensors"), // which repeats the others
          Pattern.compile(".+\\.npz"),
          Pattern.compile(".+\\.(?:pt|pth)|pytorch_model.*\\.bin"));

  /** The folder of a source; empty for a text of another kind. */
  static Optional<HubFolder> parse(String spec) {
    Matcher matcher = SPEC.matcher(spec);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    String revision = matcher.group(2) == null ? Origin.HuggingFace.BRANCH : matcher.group(2);
    String folder = matcher.group(3) == null ? "" : matcher.group(3) + "/";
    return Optional.of(new HubFolder(matcher.group(1), revision, folder));
  }

  /** Whether a file of that name holds weights. */
  static boolean isWeights(String name) {
    return WEIGHTS.stream().anyMatch(kind -> kind.matcher(name).matches());
  }

  /** A file of it. */
  Origin.HuggingFace file(String name) {
    return new Origin.HuggingFace(repository, revision, folder + name);
  }

  /**
   * The names of the files that a model or a dictionary needs, of all of the repository's paths.
   */
  List<String> wanted(List<String> paths) {
    List<String> names =
        paths.stream()
            .filter(path -> path.startsWith(folder))
            .map(path -> path.substring(folder.length()))
            .filter(name -> name.matches(Origin.PART) || DEEPER.matcher(name).matches())
            .toList();
    Predicate<String> weights =
        WEIGHTS.stream()
            .map(Pattern::asMatchPredicate)
            .filter(kind -> names.stream().anyMatch(kind))
            .findFirst()
            .orElse(name -> false);
    return names.stream()
        .filter(SMALL.asMatchPredicate().or(DEEPER.asMatchPredicate()).or(weights))
        .sorted()
        .toList();
  }

  /** Where it lies below a folder that keeps repositories. */
  Path below(Path root) {
    return root.resolve(repository).resolve(revision).resolve(folder);
  }

  @Override
  public String toString() {
    String at = revision.equals(Origin.HuggingFace.BRANCH) ? "" : "@" + revision;
    return "hf:" + repository + at + (folder.isEmpty() ? "" : "/" + folder);
  }
}
