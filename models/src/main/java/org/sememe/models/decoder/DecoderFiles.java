package org.sememe.models.decoder;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.sememe.models.ModelInfo;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.Sha256;
import org.sememe.tensors.TensorSource;
import org.sememe.tensors.gguf.GgufFile;
import org.sememe.tensors.safetensors.SafetensorsFile;
import org.sememe.tensors.safetensors.ShardedSafetensors;

/** Opens decoders from files of each layout. */
public final class DecoderFiles {
  private DecoderFiles() {}

  /**
   * A model from a GGUF file of the llama architecture.
   *
   * @throws FormatException if the file is damaged or of another architecture
   */
  public static DecoderModel gguf(Path file) throws IOException {
    try (GgufFile source = GgufFile.open(file)) {
      DecoderConfig config = GgufConfig.read(source);
      String name = source.metadata().string("general.name").orElse(fileName(file));
      return model(source, config, WeightNames.GGUF_LLAMA, name, file, Sha256.of(file));
    }
  }

  /**
   * A model from a Hugging Face folder: {@code config.json} beside {@code model.safetensors}, or
   * shards with {@code model.safetensors.index.json}.
   *
   * @throws FormatException if a file is damaged or the family is not known
   */
  public static DecoderModel huggingFace(Path folder) throws IOException {
    DecoderConfig config = HuggingFaceConfig.read(folder.resolve("config.json"));
    Path index = folder.resolve("model.safetensors.index.json");
    boolean sharded = Files.exists(index);
    try (TensorSource source =
        sharded
            ? ShardedSafetensors.open(index)
            : SafetensorsFile.open(folder.resolve("model.safetensors"))) {
      WeightNames names = WeightNames.HUGGING_FACE_LLAMA;
      return model(source, config, names, fileName(folder), folder, hash(folder));
    }
  }

  private static DecoderModel model(
      TensorSource source,
      DecoderConfig config,
      WeightNames names,
      String name,
      Path path,
      String sha256)
      throws IOException {
    DecoderWeights weights = WeightLoader.load(source, config, names);
    ModelInfo info =
        new ModelInfo(
            name,
            config.family(),
            config.layers(),
            config.width(),
            config.heads(),
            config.kvHeads(),
            config.headWidth(),
            config.mlpWidth(),
            config.vocabulary(),
            config.contextLength(),
            weights.parameters(),
            config.rotary().base(),
            config.normEps(),
            sha256,
            path);
    return new DecoderModel(info, config, weights);
  }

  private static String fileName(Path path) {
    return path.toAbsolutePath().normalize().getFileName().toString();
  }

  /** The hash of the names and hashes of config.json and the weights' files. */
  private static String hash(Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> listed = Files.list(folder)) {
      files =
          listed
              .filter(f -> fileName(f).matches("config\\.json|model[^/]*\\.safetensors"))
              .sorted()
              .toList();
    }
    StringBuilder lines = new StringBuilder();
    for (Path file : files) {
      lines.append(Sha256.of(file)).append("  ").append(fileName(file)).append('\n');
    }
    return Sha256.of(lines.toString().getBytes(StandardCharsets.UTF_8));
  }
}
