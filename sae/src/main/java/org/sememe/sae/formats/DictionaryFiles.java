package org.sememe.sae.formats;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFile;

/**
 * Opens dictionaries of any library or release that is known here, told by their files. Stateless,
 * thread-safe.
 */
public final class DictionaryFiles {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int DEPTH = 8;
  private static final int MOST_FILES = 2_000;
  private static final Set<String> CONFIGS = Set.of("json", "yaml", "yml");

  /** Files of weights that are no dictionary: training states, statistics, halves of one. */
  private static final Pattern BESIDE =
      Pattern.compile(
          "(sparsity|activation_whitening|activations_store_state|W_dec_\\d+)\\.safetensors"
              + "|((trainer_)?state|optimizer_\\d+|lr_scheduler_\\d+|rank_\\d+_state"
              + "|activations_store)\\.pt");

  /** A dictionary in the midst of a run whose end lies above. */
  private static final Pattern MIDWAY = Pattern.compile("ae_\\d+\\.pt");

  private static final List<Format> FORMATS =
      List.of(
          new CoderFormat(),
          new SaeLensFormat(),
          new SparsifyFormat(),
          new LlamascopiumFormat(),
          new LlamaScopeFormat(),
          new CrosscoderForkFormat(),
          new TemporalReleaseFormat(),
          new CircuitTracerFormat(),
          new OpenAiFormat(),
          new BatchTopKRepoFormat(),
          new CrosscodeFormat(),
          ReleaseFormat.GOODFIRE,
          ReleaseFormat.CONNOR_ROB,
          ReleaseFormat.QWEN_SCOPE,
          ReleaseFormat.DEEPSEEK_R1,
          new DictionaryLearningFormat(),
          new GemmaScopeFormat());

  private DictionaryFiles() {}

  /** As {@link #open(Path, LoadOptions)}, without options. */
  public static Dictionary open(Path path) throws IOException {
    return open(path, LoadOptions.NONE);
  }

  /**
   * Opens the dictionary in a file, or in a folder and those below it.
   *
   * @param path a file of weights, a configuration beside one, or a folder
   * @param options what the files do not say, and which of several is meant
   * @return a dictionary, which the caller closes
   * @throws FormatException if a file is damaged, or of no kind that is known
   * @throws MissingFactException if an option must say what the files do not
   * @throws AmbiguousPathException if there are several
   */
  public static Dictionary open(Path path, LoadOptions options) throws IOException {
    Path place = place(path);
    List<Path> files = chosen(place, weightFiles(place), options);
    if (files.size() == 1) {
      return read(files.getFirst(), options);
    }
    List<Path> known = new ArrayList<>();
    Optional<IOException> damaged = Optional.empty();
    for (Path file : files) {
      try {
        if (format(file).isPresent()) {
          known.add(file);
        }
      } catch (IOException e) {
        damaged = damaged.or(() -> Optional.of(e));
      }
    }
    if (known.size() > 1) {
      throw new AmbiguousPathException(place, known);
    }
    if (known.isEmpty()) {
      throw damaged.orElseGet(
          () ->
              new FormatException(
                  path,
                  0,
                  files.isEmpty()
                      ? "no file of weights (.safetensors, .npz, .pt or .pth) in it"
                      : "no dictionary of a kind that is known among " + files.size() + " files"));
    }
    return read(known.getFirst(), options);
  }

  /** The folder of a configuration, and what a link to a folder leads to. */
  private static Path place(Path path) throws IOException {
    if (Files.isRegularFile(path)) {
      String name = path.getFileName().toString();
      boolean config = CONFIGS.contains(name.substring(name.lastIndexOf('.') + 1));
      return config ? path.toAbsolutePath().getParent() : path;
    }
    return Files.isSymbolicLink(path) ? path.toRealPath() : path;
  }

  /**
   * Whether there is a dictionary, or several. A model's folder is none, and is not searched.
   *
   * @throws FormatException if a file that was looked at is damaged
   */
  public static boolean found(Path path) throws IOException {
    Path config = path.resolve("config.json");
    if (Files.isRegularFile(config) && JsonFile.read(JSON, config).has("model_type")) {
      return false;
    }
    for (Path file : weightFiles(place(path))) {
      if (Checkpoint.opens(file) && format(file).isPresent()) {
        return true;
      }
    }
    return false;
  }

  private static Optional<Format> format(Path file) throws IOException {
    try (PointerScope scope = new PointerScope();
        Checkpoint checkpoint = Checkpoint.open(file)) {
      return format(checkpoint);
    }
  }

  private static Optional<Format> format(Checkpoint checkpoint) throws IOException {
    for (Format format : FORMATS) {
      if (format.recognises(checkpoint)) {
        return Optional.of(format);
      }
    }
    return Optional.empty();
  }

  private static Dictionary read(Path file, LoadOptions options) throws IOException {
    try (PointerScope scope = new PointerScope();
        Checkpoint checkpoint = Checkpoint.open(file)) {
      Optional<Format> format = format(checkpoint);
      if (format.isEmpty()) {
        List<String> names = checkpoint.weights().names().stream().limit(8).toList();
        throw new FormatException(
            file, 0, "no dictionary of a kind that is known; its tensors are " + names);
      }
      return format.get().read(checkpoint, options);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new FormatException(file, 0, String.valueOf(e.getMessage()));
    }
  }

  private static List<Path> weightFiles(Path path) throws IOException {
    if (Files.isRegularFile(path)) {
      return List.of(path);
    }
    if (!Files.isDirectory(path)) {
      throw new NoSuchFileException(path.toString());
    }
    try (Stream<Path> files = Files.walk(path, DEPTH)) {
      List<Path> found =
          files
              .filter(Files::isRegularFile)
              .filter(Checkpoint::opens)
              .filter(file -> !BESIDE.matcher(file.getFileName().toString()).matches())
              .limit(MOST_FILES)
              .sorted()
              .toList();
      List<Path> ends =
          found.stream()
              .filter(file -> !MIDWAY.matcher(file.getFileName().toString()).matches())
              .toList();
      return ends.isEmpty() ? found : ends;
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** Those that the hook option names by a folder or file; all where it names none of them. */
  private static List<Path> chosen(Path path, List<Path> files, LoadOptions options) {
    Optional<String> hook = options.text(LoadOptions.HOOK);
    if (hook.isEmpty() || files.size() < 2) {
      return files;
    }
    List<Path> named =
        files.stream()
            .filter(
                file -> {
                  Path relative = path.relativize(file);
                  String folder = String.valueOf(relative.getParent());
                  String name = file.getFileName().toString();
                  return folder.equals(hook.get())
                      || folder.endsWith("/" + hook.get())
                      || name.substring(0, name.lastIndexOf('.')).equals(hook.get());
                })
            .toList();
    return named.isEmpty() ? files : named;
  }
}
