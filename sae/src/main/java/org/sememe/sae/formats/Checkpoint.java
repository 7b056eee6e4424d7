package org.sememe.sae.formats;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sememe.sae.StoredWeights;
import org.sememe.tensors.JsonFields;
import org.sememe.tensors.JsonFile;
import org.sememe.tensors.TensorSource;
import org.sememe.tensors.npz.NpzFile;
import org.sememe.tensors.pickle.PickleValue;
import org.sememe.tensors.pickle.TorchFile;
import org.sememe.tensors.safetensors.SafetensorsFile;

/**
 * A file of weights with what lies beside it. Owns the open file. Not thread-safe.
 *
 * <p>Tensors live in the caller's scope and outlive this.
 */
final class Checkpoint implements AutoCloseable {
  private static final List<String> WRAPPERS =
      List.of("ae", "sae", "state_dict", "model_state_dict", "model");
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final Set<String> PICKLES = Set.of("pt", "pth", "bin");

  private final Path file;
  private final TensorSource source;
  private final StoredWeights weights;
  private final Map<String, Object> values;
  private final List<Path> read = new ArrayList<>();

  private Checkpoint(
      Path file, TensorSource source, StoredWeights weights, Map<String, Object> values) {
    this.file = file;
    this.source = source;
    this.weights = weights;
    this.values = values;
    read.add(file);
  }

  /** Whether the name is that of a kind of file that can be opened. */
  static boolean opens(Path file) {
    String suffix = suffix(file);
    return suffix.equals("safetensors") || suffix.equals("npz") || PICKLES.contains(suffix);
  }

  /** Whether it is a torch file, which other libraries' state dicts are in. */
  boolean isPickle() {
    return PICKLES.contains(suffix(file));
  }

  private static String suffix(Path file) {
    String name = file.getFileName().toString();
    return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
  }

  /**
   * Opens a file by its name's end.
   *
   * @throws org.sememe.tensors.FormatException if it is damaged
   */
  static Checkpoint open(Path file) throws IOException {
    return switch (suffix(file)) {
      case "npz" -> plain(file, NpzFile.open(file));
      case "pt", "pth", "bin" -> {
        TorchFile source = TorchFile.open(file);
        Optional<String> wrapper = wrapper(source.root());
        yield new Checkpoint(
            file,
            source,
            new StoredWeights(source, wrapper.map(name -> name + ".").orElse("")),
            PlainValues.of(source.root()));
      }
      default -> plain(file, SafetensorsFile.open(file));
    };
  }

  private static Checkpoint plain(Path file, TensorSource source) {
    return new Checkpoint(file, source, new StoredWeights(source), Map.of());
  }

  /** The key of the weights where the file holds more, such as an optimiser's state. */
  private static Optional<String> wrapper(PickleValue root) {
    return WRAPPERS.stream()
        .filter(
            key ->
                root.dict()
                    .flatMap(all -> all.get(key))
                    .flatMap(PickleValue::dict)
                    .filter(
                        inner ->
                            inner.entries().values().stream()
                                .anyMatch(value -> value instanceof PickleValue.TensorValue))
                    .isPresent())
        .findFirst();
  }

  /** The file of weights. */
  Path file() {
    return file;
  }

  /** The folder it lies in. */
  Path folder() {
    return file.toAbsolutePath().getParent();
  }

  /** The tensors. */
  StoredWeights weights() {
    return weights;
  }

  /** A value in the file that is no tensor. */
  Optional<Object> value(String name) {
    return Optional.ofNullable(values.get(name));
  }

  /** The files that were read. */
  List<Path> read() {
    return List.copyOf(read);
  }

  /** Notes that another file was read. */
  Path reading(Path other) {
    if (!read.contains(other)) {
      read.add(other);
    }
    return other;
  }

  /** A JSON or YAML file beside it, by its path from its folder; empty where there is none. */
  Optional<JsonFields> config(String name) throws IOException {
    Path path = folder().resolve(name).normalize();
    if (!Files.isRegularFile(path)) {
      return Optional.empty();
    }
    reading(path);
    String suffix = suffix(path);
    return Optional.of(
        new JsonFields(
            path,
            suffix.equals("yaml") || suffix.equals("yml")
                ? YamlFile.read(path)
                : JsonFile.read(JSON, path)));
  }

  /** What a pattern finds in the file's whole path, with {@code /} between names. */
  Optional<Matcher> inPath(Pattern pattern) {
    Matcher matcher =
        pattern.matcher(file.toAbsolutePath().normalize().toString().replace('\\', '/'));
    return matcher.find() ? Optional.of(matcher) : Optional.empty();
  }

  @Override
  public void close() {
    source.close();
  }
}
