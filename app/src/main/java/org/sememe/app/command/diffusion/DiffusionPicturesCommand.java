package org.sememe.app.command.diffusion;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.sememe.app.command.options.CommonOptions;
import org.sememe.app.terminal.Terminal;
import org.sememe.diffusion.pictures.NamedPictures;
import org.sememe.diffusion.pictures.PackedPictures;
import org.sememe.diffusion.pictures.PictureSplit;
import org.sememe.tensors.Sha256;
import org.sememe.tensors.Torch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Packs pictures into one file. */
@Command(
    name = "pictures",
    description =
        "Pack labelled pictures into one file, in one size, with their captions if they have any:"
            + " --pictures takes it wherever it takes a folder.",
    footer = {
      "",
      "Examples:",
      "  sememe diffusion pictures --pictures emoji --side 32 --out emoji.safetensors",
      "  sememe diffusion pictures --pictures photos --side 28 --out photos.safetensors"
    })
public final class DiffusionPicturesCommand implements Callable<Integer> {
  @Mixin private CommonOptions common;
  @Mixin private PictureOptions pictures;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "The file to write; its name ends with .safetensors.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    Terminal terminal = common.terminal();
    if (!out.toString().endsWith(PackedPictures.ENDING)) {
      throw common.wrong("--out " + out + ": the name has to end with " + PackedPictures.ENDING);
    }
    Torch.start(common.threads());
    NamedPictures train = pictures.read(common, PictureSplit.TRAIN);
    NamedPictures test = pictures.read(common, PictureSplit.TEST);
    new PackedPictures(out).write(train, test);
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("out", out.toAbsolutePath().normalize().toString());
    fields.put("train", train.set().count());
    fields.put("test", test.set().count());
    fields.put("channels", train.set().channels());
    fields.put("side", train.set().height());
    fields.put("classes", train.set().classes());
    fields.put("class_names", train.classes());
    fields.put("captions", train.captions().size() + test.captions().size());
    fields.put("sha256", Sha256.of(out));
    terminal.say(
        String.format(
            Locale.ROOT,
            "%s: %,d pictures to train with and %,d held out, %d classes, %,d captions",
            out,
            train.set().count(),
            test.set().count(),
            train.set().classes(),
            train.captions().size() + test.captions().size()));
    terminal.result(fields);
    return 0;
  }
}
