package org.sememe.app.pictures;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.sememe.tensors.AtomicFile;

/** Images in PNG files. Stateless. */
public final class PngFile {
  private PngFile() {}

  /** Writes an image, whole or not at all. */
  public static void write(Path file, BufferedImage image) throws IOException {
    AtomicFile.write(
        file,
        stream -> {
          if (!ImageIO.write(image, "png", stream)) {
            throw new IOException(file + ": this Java writes no PNG files");
          }
        });
  }
}
