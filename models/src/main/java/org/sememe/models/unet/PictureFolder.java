package org.sememe.models.unet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.TensorSource;
import org.sememe.tensors.safetensors.SafetensorsFile;
import org.sememe.tensors.safetensors.ShardedSafetensors;

/**
 * A folder of one network in diffusers' layout.
 *
 * @param path the folder
 * @param variant of its files, as {@code fp16}; empty for the plain ones
 */
public record PictureFolder(Path path, String variant) {
  /** With the plain files. */
  public PictureFolder(Path path) {
    this(path, "");
  }

  /**
   * Opens its weights, whole or in shards; where no variant is asked for and there are no plain
   * files, those in fp16. The caller closes them.
   *
   * @throws FormatException if there are none, or damaged
   */
  public TensorSource weights() throws IOException {
    List<String> tried = new ArrayList<>();
    for (String suffix : variant.isEmpty() ? List.of("", ".fp16") : List.of("." + variant)) {
      for (String name : List.of("diffusion_pytorch_model", "model")) {
        Path whole = path.resolve(name + suffix + ".safetensors");
        Path shards = path.resolve(name + ".safetensors.index" + suffix + ".json");
        if (Files.exists(whole)) {
          return SafetensorsFile.open(whole);
        }
        if (Files.exists(shards)) {
          return ShardedSafetensors.open(shards);
        }
        tried.add(whole.getFileName().toString());
      }
    }
    throw new FormatException(path, 0, "no weights: need one of " + tried);
  }
}
