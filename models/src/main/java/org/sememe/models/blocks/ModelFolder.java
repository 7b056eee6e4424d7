package org.sememe.models.blocks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.Sha256;
import org.sememe.tensors.ShardedTensors;
import org.sememe.tensors.TensorSource;
import org.sememe.tensors.onnx.OnnxFile;
import org.sememe.tensors.pickle.TorchFile;
import org.sememe.tensors.safetensors.SafetensorsFile;
import org.sememe.tensors.safetensors.ShardedSafetensors;
import org.sememe.tensors.tensorflow.TensorBundle;

/**
 * A Hugging Face folder: {@code config.json} beside the weights. Those are, of several the first:
 * {@code model.safetensors}, or shards with {@code model.safetensors.index.json}; {@code
 * pytorch_model.bin}, or shards likewise; the initialisers of {@code model.onnx}; a TensorFlow
 * checkpoint {@code variables.index}.
 *
 * @param path the folder
 */
public record ModelFolder(Path path) {
  private static final String SAFETENSORS = "model[^/]*\\.safetensors";
  private static final String PICKLE = ".bin";

  private static final List<Kind> KINDS =
      List.of(
          new Kind("model.safetensors.index.json", SAFETENSORS, ShardedSafetensors::open),
          new Kind("model.safetensors", SAFETENSORS, SafetensorsFile::open),
          new Kind("pytorch_model.bin", "pytorch_model\\.bin", TorchFile::open),
          new Kind(
              "pytorch_model.bin.index.json",
              "pytorch_model[^/]*\\.bin",
              index -> ShardedTensors.open(index, PICKLE, TorchFile::open)),
          new Kind("model.onnx", "model\\.onnx", OnnxFile::open),
          new Kind("variables.index", "variables\\.(index|data-[^/]*)", TensorBundle::open));

  /**
   * A way to keep weights.
   *
   * @param file that tells it
   * @param hashed the names of all its files with weights, a regular expression
   */
  private record Kind(String file, String hashed, ShardedTensors.Opener opener) {}

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
    Kind kind = kind();
    return kind.opener.open(path.resolve(kind.file));
  }

  private Kind kind() throws IOException {
    return KINDS.stream()
        .filter(kind -> Files.exists(path.resolve(kind.file)))
        .findFirst()
        .orElseThrow(
            () ->
                new FormatException(
                    path,
                    0,
                    "no weights: need one of "
                        + String.join(", ", KINDS.stream().map(Kind::file).toList())));
  }

  /** The hash of the names and hashes of config.json and the weights' files. */
  public String sha256() throws IOException {
    String hashed = "config\\.json|" + kind().hashed;
    List<Path> files;
    try (Stream<Path> listed = Files.list(path)) {
      files = listed.filter(file -> fileName(file).matches(hashed)).sorted().toList();
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
