package org.sememe.models.decoder;

import java.io.IOException;
import java.nio.file.Path;
import org.sememe.models.ModelInfo;
import org.sememe.models.blocks.ConfigJson;
import org.sememe.models.blocks.ModelFolder;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.Sha256;
import org.sememe.tensors.TensorSource;
import org.sememe.tensors.gguf.GgufFile;

/** Opens decoders from files of each layout. */
public final class DecoderFiles {
  private DecoderFiles() {}

  /**
   * A model from a GGUF file of one of the architectures in {@link GgufArchitecture}.
   *
   * @throws FormatException if the file is damaged or of another architecture
   */
  public static DecoderModel gguf(Path file) throws IOException {
    try (GgufFile source = GgufFile.open(file)) {
      DecoderConfig config = GgufConfig.read(source);
      GgufArchitecture architecture = GgufConfig.architecture(source);
      String name = source.metadata().string("general.name").orElse(fileName(file));
      DecoderWeights weights = WeightLoader.load(source, config, architecture.names());
      ModelInfo info = info(config, weights, name, file, Sha256.of(file));
      return new DecoderModel(info, config, weights, architecture.modules());
    }
  }

  /**
   * A model from a Hugging Face folder: {@code config.json} beside {@code model.safetensors}, or
   * shards with {@code model.safetensors.index.json}.
   *
   * @throws FormatException if a file is damaged or the family is not known
   */
  public static DecoderModel huggingFace(Path folder) throws IOException {
    ModelFolder files = new ModelFolder(folder);
    ConfigJson json = files.config();
    Family family = Family.of(json);
    DecoderConfig config = family.config(json);
    try (TensorSource source = files.weights()) {
      DecoderWeights weights = WeightLoader.load(source, config, family.names());
      ModelInfo info = info(config, weights, files.name(), folder, files.sha256());
      return new DecoderModel(info, config, weights, family.names());
    }
  }

  private static ModelInfo info(
      DecoderConfig config, DecoderWeights weights, String name, Path path, String sha256) {
    return new ModelInfo(
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
        config.attention().rotaryBase(),
        config.norms().eps(),
        sha256,
        path);
  }

  private static String fileName(Path path) {
    return path.toAbsolutePath().normalize().getFileName().toString();
  }
}
