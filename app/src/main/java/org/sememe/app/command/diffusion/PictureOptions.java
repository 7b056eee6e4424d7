package org.sememe.app.command.diffusion;

import java.io.IOException;
import java.nio.file.Path;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.inputs.ModelOpener;
import org.sememe.diffusion.pictures.NamedPictures;
import org.sememe.diffusion.pictures.PicturePlace;
import org.sememe.diffusion.pictures.PictureSet;
import org.sememe.diffusion.pictures.PictureSplit;
import picocli.CommandLine.Option;

/** Which labelled pictures, and how large. */
final class PictureOptions {
  @Option(
      names = "--pictures",
      paramLabel = "PLACE",
      required = true,
      description =
          "Labelled pictures: a name (mnist, fashion-mnist, emoji), fetched if need be; IDX files,"
              + " in a folder or a package; a folder of PNG files in train/CLASS/ and test/CLASS/;"
              + " a folder of PNG and JPEG files with metadata.csv or metadata.jsonl (file_name,"
              + " label, caption, split); or what diffusion pictures packed.")
  private String place;

  @Option(
      names = "--side",
      paramLabel = "PIXELS",
      defaultValue = "16",
      description = "Side to which pictures are shrunk (default: ${DEFAULT-VALUE}).")
  private int side;

  /** Opens models, showing downloads. */
  static ModelOpener opener(CommonOptions common) {
    return new ModelOpener(common.terminal(), common.threads());
  }

  /** Those to train with. */
  PictureSet train(CommonOptions common) throws IOException {
    return read(common, PictureSplit.TRAIN).set();
  }

  /** Those that are held out. */
  PictureSet test(CommonOptions common) throws IOException {
    return read(common, PictureSplit.TEST).set();
  }

  /** A part of them, fetched if need be, with the names of classes and what each shows. */
  NamedPictures read(CommonOptions common, PictureSplit split) throws IOException {
    Path found = opener(common).pictures(place);
    return new PicturePlace(found).read(split, side);
  }
}
