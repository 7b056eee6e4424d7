package org.sememe.diffusion.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.sememe.diffusion.sampling.Sampler;
import org.sememe.diffusion.schedule.SchedulerConfig;
import org.sememe.models.unet.Autoencoder;
import org.sememe.models.unet.PictureCondition;
import org.sememe.models.unet.PictureFolder;
import org.sememe.models.unet.Tap;
import org.sememe.models.unet.UNet;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFile;
import org.sememe.tensors.TensorMemory;

/**
 * Text to picture through latents, in the layout of Stable Diffusion and SDXL as diffusers saves
 * them (SD-Turbo and SDXL-Turbo among them). Owns its networks; several threads may draw at once.
 */
public final class LatentPipeline implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int LARGEST_SIDE = 8192;

  private final SchedulerConfig scheduler;
  private final boolean silentNegative;
  private final UNet net;
  private final Autoencoder autoencoder;
  private final PromptEncoder prompts;

  private LatentPipeline(
      SchedulerConfig scheduler,
      boolean silentNegative,
      UNet net,
      Autoencoder autoencoder,
      PromptEncoder prompts) {
    this.scheduler = scheduler;
    this.silentNegative = silentNegative;
    this.net = net;
    this.autoencoder = autoencoder;
    this.prompts = prompts;
  }

  /**
   * Opens a pipeline's folder: {@code model_index.json} beside a folder for each part.
   *
   * @param variant of the weights' files, as {@code fp16}; empty for the plain ones, where there
   *     are any
   * @throws FormatException if a part is missing, damaged, or of a kind not known
   */
  public static LatentPipeline open(Path folder, String variant) throws IOException {
    Path index = folder.resolve("model_index.json");
    if (!Files.exists(index)) {
      throw new FormatException(
          folder, 0, "no model_index.json: this is not a pipeline's folder of diffusers");
    }
    JsonNode json = JsonFile.read(JSON, index);
    String kind = json.path("_class_name").asText();
    boolean two = kind.startsWith("StableDiffusionXL");
    if (!two && !kind.startsWith("StableDiffusion")) {
      throw new FormatException(
          index, 0, "a '" + kind + "': need StableDiffusionPipeline or StableDiffusionXLPipeline");
    }
    SchedulerConfig scheduler = SchedulerConfig.read(folder);
    PromptEncoder prompts =
        new PromptEncoder(folder, two ? List.of("", "_2") : List.of(""), variant);
    try {
      UNet net = UNet.open(new PictureFolder(folder.resolve("unet"), variant));
      try {
        Autoencoder autoencoder =
            Autoencoder.open(new PictureFolder(folder.resolve("vae"), variant));
        boolean silent = two && json.path("force_zeros_for_empty_prompt").asBoolean(true);
        return new LatentPipeline(scheduler, silent, net, autoencoder, prompts);
      } catch (IOException | RuntimeException problem) {
        net.close();
        throw problem;
      }
    } catch (IOException | RuntimeException problem) {
      prompts.close();
      throw problem;
    }
  }

  /** Its scheduler's options. */
  public SchedulerConfig scheduler() {
    return scheduler;
  }

  /** The denoiser, whose modules a tap sees; the pipeline's own. */
  public UNet net() {
    return net;
  }

  /**
   * The side of pictures that it was trained with, in pixels.
   *
   * @throws IllegalArgumentException if its files do not say
   */
  public int side() {
    return net.config()
            .side()
            .orElseThrow(
                () ->
                    new IllegalArgumentException("this pipeline has no size of its own: give one"))
        * autoencoder.shape().factor();
  }

  /**
   * Draws pictures.
   *
   * @param tap on the denoiser
   * @throws IllegalArgumentException for a size that is not whole latents
   */
  public Pictures draw(PictureRequest request, Noise noise, Tap tap) {
    try (PointerScope scope = new PointerScope();
        AutoGradMode off = new AutoGradMode(false)) {
      PictureCondition condition = condition(request);
      double[] latents = denoise(request, condition, noise, tap, (step, in, out, next) -> {});
      return Pictures.of(decode(request, latents));
    }
  }

  /** All steps, on a condition that was made. */
  double[] denoise(
      PictureRequest request,
      PictureCondition condition,
      Noise noise,
      Tap tap,
      Denoising.Listener listener) {
    Sampler sampler = Sampler.of(scheduler, request.steps(), request.prompts().size());
    return new Denoising(net, condition, request.guidance(), tap)
        .run(sampler, noise, shape(request), listener);
  }

  /** What the denoiser is told; with guidance the negative's rows come first. */
  PictureCondition condition(PictureRequest request) {
    int samples = request.prompts().size();
    PromptEncoder.Prompts told = prompts.encode(request.prompts());
    boolean guided = request.guidance().on();
    if (guided) {
      told =
          told.after(
              request.negative().isEmpty() && silentNegative
                  ? told.silent()
                  : prompts.encode(Collections.nCopies(samples, request.negative().orElse(""))));
    }
    double[] numbers = micro(request).numbers();
    double[] all = new double[numbers.length * samples * (guided ? 2 : 1)];
    for (int i = 0; i < all.length; i++) {
      all[i] = numbers[i % numbers.length];
    }
    return new PictureCondition(
        Optional.empty(),
        Optional.of(told.rows()),
        told.pooled().map(pooled -> new PictureCondition.Pooled(pooled, all)),
        Optional.empty());
  }

  private PictureRequest.Micro micro(PictureRequest request) {
    PictureRequest.Size size = size(request);
    return request.micro().orElseGet(() -> new PictureRequest.Micro(size, 0, 0, size));
  }

  private PictureRequest.Size size(PictureRequest request) {
    return request.size().orElseGet(() -> new PictureRequest.Size(side(), side()));
  }

  private long[] shape(PictureRequest request) {
    PictureRequest.Size size = size(request);
    int factor = autoencoder.shape().factor();
    for (int side : new int[] {size.height(), size.width()}) {
      if (side < factor || side > LARGEST_SIDE || side % factor != 0) {
        throw new IllegalArgumentException(
            "a side of %d pixels: use a multiple of %d, %d at most"
                .formatted(side, factor, LARGEST_SIDE));
      }
    }
    return new long[] {
      request.prompts().size(),
      autoencoder.shape().latents(),
      size.height() / factor,
      size.width() / factor
    };
  }

  /** Pictures in [-1, 1], not cut, of a sampling's latents; in the caller's scope. */
  Tensor decode(PictureRequest request, double[] latents) {
    Tensor z = TensorMemory.floats(Denoising.floats(latents), shape(request));
    return autoencoder.decode(z.div(new Scalar(autoencoder.shape().scaling())), Tap.NONE);
  }

  @Override
  public void close() {
    prompts.close();
    net.close();
    autoencoder.close();
  }
}
