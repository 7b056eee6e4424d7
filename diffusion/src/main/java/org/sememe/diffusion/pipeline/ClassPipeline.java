package org.sememe.diffusion.pipeline;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Tensor;
import org.sememe.diffusion.sampling.Sampler;
import org.sememe.diffusion.schedule.SchedulerConfig;
import org.sememe.models.unet.PictureCondition;
import org.sememe.models.unet.PictureFolder;
import org.sememe.models.unet.Tap;
import org.sememe.models.unet.UNet;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFields;
import org.sememe.tensors.JsonFile;
import org.sememe.tensors.TensorMemory;

/**
 * Class to picture in pixels: a {@code unet} (UNet2DModel with class embedding) beside a {@code
 * scheduler}, as diffusers saves them. Owns its network; several threads may draw at once.
 */
public final class ClassPipeline implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final SchedulerConfig scheduler;
  private final UNet net;

  private ClassPipeline(SchedulerConfig scheduler, UNet net) {
    this.scheduler = scheduler;
    this.net = net;
  }

  /**
   * Opens a folder.
   *
   * @throws FormatException if a part is missing, damaged, or of a kind not known
   */
  public static ClassPipeline open(Path folder, String variant) throws IOException {
    Path file = SchedulerConfig.file(folder);
    SchedulerConfig scheduler = SchedulerConfig.of(new JsonFields(file, JsonFile.read(JSON, file)));
    UNet net = UNet.open(new PictureFolder(folder.resolve("unet"), variant));
    if (net.config().condition().classes().isEmpty()) {
      net.close();
      throw new FormatException(
          folder.resolve("unet"), 0, "no classes ('num_class_embeds'), and no vae beside it");
    }
    return new ClassPipeline(scheduler, net);
  }

  /** How many classes it knows. */
  public int classes() {
    return net.config().condition().classes().orElseThrow();
  }

  /** The denoiser, whose modules a tap sees; the pipeline's own. */
  public UNet net() {
    return net;
  }

  /** Draws pictures without guidance. */
  public Pictures draw(int[] labels, int steps, OptionalInt side, Noise noise, Tap tap) {
    return draw(labels, steps, Guidance.NONE, side, noise, tap);
  }

  /**
   * Draws pictures.
   *
   * @param labels a class a picture
   * @param guidance away from the last class, which stands for none where classes were hidden in
   *     training
   * @param side of the pictures; empty for that of training
   * @param tap on the denoiser
   * @throws IllegalArgumentException for a class that it does not know
   */
  public Pictures draw(
      int[] labels, int steps, Guidance guidance, OptionalInt side, Noise noise, Tap tap) {
    for (int label : labels) {
      if (label < 0 || label >= classes()) {
        throw new IllegalArgumentException(
            "class " + label + ": this network knows 0 to " + (classes() - 1));
      }
    }
    int length =
        side.isPresent()
            ? side.getAsInt()
            : net.config()
                .side()
                .orElseThrow(
                    () ->
                        new IllegalArgumentException(
                            "this network has no size of its own: give one"));
    long[] shape = {labels.length, net.config().in(), length, length};
    long[] wide =
        IntStream.concat(
                IntStream.range(0, guidance.on() ? labels.length : 0).map(i -> classes() - 1),
                Arrays.stream(labels))
            .asLongStream()
            .toArray();
    try (PointerScope scope = new PointerScope();
        AutoGradMode off = new AutoGradMode(false)) {
      PictureCondition condition =
          PictureCondition.ofClasses(TensorMemory.longs(wide, wide.length));
      Sampler sampler = Sampler.of(scheduler, steps, labels.length);
      double[] values =
          new Denoising(net, condition, guidance, tap)
              .run(sampler, noise, shape, (step, in, out, next) -> {});
      Tensor pictures = TensorMemory.floats(Denoising.floats(values), shape);
      return Pictures.of(pictures);
    }
  }

  @Override
  public void close() {
    net.close();
  }
}
