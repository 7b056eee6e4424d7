package org.sememe.models.unet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.TensorSource;
import org.sememe.tensors.safetensors.SafetensorsFile;

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
   * Opens its weights; the caller closes them.
   *
   * @throws FormatException if there are none, or damaged
   */
  public TensorSource weights() throws IOException {
    String dotted = variant.isEmpty() ? "" : "." + variant;
    List<String> names =
        List.of(
            "diffusion_pytorch_model" + dotted + ".safetensors", "model" + dotted + ".safetensors");
    for (String name : names) {
      if (Files.exists(path.resolve(name))) {
        return SafetensorsFile.open(path.resolve(name));
      }
    }
    throw new FormatException(path, 0, "no weights: need one of " + names);
  }
}
