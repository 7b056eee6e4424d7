package org.sememe.diffusion.pipeline;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Tensor;
import org.sememe.diffusion.sampling.Sampler;
import org.sememe.diffusion.schedule.SamplerChoice;
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
 * Class or caption to picture in pixels: a {@code unet} (with class embedding, or a projection of
 * captions' embeddings) beside a {@code scheduler}, as diffusers saves them. Owns its network;
 * several threads may draw at once.
 */
public final class PixelPipeline implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<SamplerChoice, SchedulerConfig> schedulers;
  private final SchedulerConfig scheduler;
  private final UNet net;

  private PixelPipeline(Map<SamplerChoice, SchedulerConfig> schedulers, UNet net) {
    this.schedulers = schedulers;
    this.scheduler = schedulers.values().iterator().next();
    this.net = net;
  }

  /**
   * Opens a folder.
   *
   * @throws FormatException if a part is missing, damaged, or of a kind not known
   */
  public static PixelPipeline open(Path folder, String variant) throws IOException {
    Path file = SchedulerConfig.file(folder);
    JsonFields json = new JsonFields(file, JsonFile.read(JSON, file));
    SequencedMap<SamplerChoice, SchedulerConfig> schedulers = new LinkedHashMap<>();
    SchedulerConfig own = SchedulerConfig.of(json);
    for (SamplerChoice choice : SamplerChoice.of(own)) {
      schedulers.put(choice, schedulers.isEmpty() ? own : SchedulerConfig.of(json, choice));
    }
    UNet net = UNet.open(new PictureFolder(folder.resolve("unet"), variant));
    if (net.config().condition().classes().isEmpty() && !ofCaptions(net)) {
      net.close();
      throw new FormatException(
          folder.resolve("unet"),
          0,
          "no classes ('num_class_embeds') or captions ('class_embed_type'), and no vae beside it");
    }
    return new PixelPipeline(Collections.unmodifiableSequencedMap(schedulers), net);
  }

  private static boolean ofCaptions(UNet net) {
    return net.config().condition().sentence().isPresent();
  }

  /** Whether it draws from captions, not from classes. */
  public boolean ofCaptions() {
    return ofCaptions(net);
  }

  /**
   * How many classes it knows.
   *
   * @throws IllegalArgumentException if it draws from captions
   */
  public int classes() {
    return net.config()
        .condition()
        .classes()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "this network draws from captions, it knows no classes"));
  }

  /** Subjects that stand for nothing, for a first drawing that nobody looks at. */
  public Subjects nothing() {
    return ofCaptions()
        ? new Subjects.Captions(new float[1][net.config().condition().sentence().orElseThrow()])
        : new Subjects.Classes(new int[] {classes() - 1});
  }

  /** The ways of sampling that it can be drawn with, that of its own scheduler first. */
  public List<SamplerChoice> samplers() {
    return List.copyOf(schedulers.keySet());
  }

  /** Its own scheduler's options. */
  public SchedulerConfig scheduler() {
    return scheduler;
  }

  /** The denoiser, whose modules a tap sees; the pipeline's own. */
  public UNet net() {
    return net;
  }

  /** Draws pictures without guidance. */
  public Pictures draw(int[] labels, int steps, OptionalInt side, Noise noise, Tap tap) {
    return draw(labels, steps, Guidance.NONE, side, noise, tap);
  }

  /** Draws pictures with its own scheduler. */
  public Pictures draw(
      int[] labels, int steps, Guidance guidance, OptionalInt side, Noise noise, Tap tap) {
    return draw(
        new PixelRequest(new Subjects.Classes(labels), steps, guidance, side, Optional.empty()),
        noise,
        tap);
  }

  /**
   * Draws pictures.
   *
   * @param tap on the denoiser
   * @throws IllegalArgumentException for a subject or a way of sampling that it does not know
   */
  public Pictures draw(PixelRequest request, Noise noise, Tap tap) {
    int count = request.subjects().count();
    int length = request.side().isPresent() ? request.side().getAsInt() : side();
    long[] shape = {count, net.config().in(), length, length};
    Guidance guidance = request.guidance();
    try (PointerScope scope = new PointerScope();
        AutoGradMode off = new AutoGradMode(false)) {
      PictureCondition condition = request.subjects().told(net.config(), guidance.on());
      Sampler sampler = Sampler.of(sampledBy(request), request.steps(), count);
      double[] values =
          new Denoising(net, condition, guidance, tap)
              .run(sampler, noise, shape, (step, in, out, next) -> {});
      Tensor pictures = TensorMemory.floats(Denoising.floats(values), shape);
      return Pictures.of(pictures);
    }
  }

  private SchedulerConfig sampledBy(PixelRequest request) {
    if (request.sampler().isEmpty()) {
      return scheduler;
    }
    SamplerChoice choice = request.sampler().get();
    SchedulerConfig found = schedulers.get(choice);
    if (found == null) {
      throw new IllegalArgumentException(
          "sampler %s: this network is drawn with %s"
              .formatted(choice.key(), samplers().stream().map(SamplerChoice::key).toList()));
    }
    return found;
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
            () -> new IllegalArgumentException("this network has no size of its own: give one"));
  }

  @Override
  public void close() {
    net.close();
  }
}
