package org.sememe.models.blocks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.Sha256;
import org.sememe.tensors.TensorSource;
import org.sememe.tensors.pickle.TorchFile;
import org.sememe.tensors.safetensors.SafetensorsFile;
import org.sememe.tensors.safetensors.ShardedSafetensors;

/**
 * A Hugging Face folder: {@code config.json} beside the weights, {@code model.safetensors}, or
 * shards with {@code model.safetensors.index.json}, or, where there is neither, {@code
 * pytorch_model.bin}.
 *
 * @param path the folder
 */
public record ModelFolder(Path path) {
  private static final String INDEX = "model.safetensors.index.json";
  private static final String WEIGHTS = "model.safetensors";
  private static final String PICKLE = "pytorch_model.bin";
  private static final String HASHED = "config\\.json|model[^/]*\\.safetensors";

  /** The folder's name. */
  public String name() {
    return fileName(path);
  }

  /**
   * Its options.
   *
   * @throws FormatException if there are none, or damaged
   */
  public ConfigJson config() throws IOException {
    Path file = path.resolve("config.json");
    if (!Files.exists(file)) {
      throw new FormatException(path, 0, "no config.json: this is not a model's folder");
    }
    return ConfigJson.read(file);
  }

  /**
   * Opens its weights; the caller closes them.
   *
   * @throws FormatException if there are none, or damaged
   */
  public TensorSource weights() throws IOException {
    if (Files.exists(path.resolve(INDEX))) {
      return ShardedSafetensors.open(path.resolve(INDEX));
    }
    if (Files.exists(path.resolve(WEIGHTS))) {
      return SafetensorsFile.open(path.resolve(WEIGHTS));
    }
    if (Files.exists(path.resolve(PICKLE))) {
      return TorchFile.open(path.resolve(PICKLE));
    }
    throw new FormatException(
        path, 0, "no weights: need " + WEIGHTS + ", " + INDEX + " with its shards, or " + PICKLE);
  }

  /** The hash of the names and hashes of config.json and the weights' files. */
  public String sha256() throws IOException {
    boolean pickle = !Files.exists(path.resolve(INDEX)) && !Files.exists(path.resolve(WEIGHTS));
    List<Path> files;
    try (Stream<Path> listed = Files.list(path)) {
      files =
          listed
              .filter(f -> fileName(f).matches(HASHED) || (pickle && fileName(f).equals(PICKLE)))
              .sorted()
              .toList();
    }
    StringBuilder lines = new StringBuilder();
    for (Path file : files) {
      lines.append(Sha256.of(file)).append("  ").append(fileName(file)).append('\n');
    }
    return Sha256.of(lines.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static String fileName(Path path) {
    return path.toAbsolutePath().normalize().getFileName().toString();
  }
}
