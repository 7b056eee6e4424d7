package org.sememe.diffusion.pipeline;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.stream.IntStream;
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
 * Class to picture in pixels: a {@code unet} (UNet2DModel with class embedding) beside a {@code
 * scheduler}, as diffusers saves them. Owns its network; several threads may draw at once.
 */
public final class ClassPipeline implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<SamplerChoice, SchedulerConfig> schedulers;
  private final SchedulerConfig scheduler;
  private final UNet net;

  private ClassPipeline(Map<SamplerChoice, SchedulerConfig> schedulers, UNet net) {
    this.schedulers = schedulers;
    this.scheduler = schedulers.values().iterator().next();
    this.net = net;
  }

  /**
   * Opens a folder.
   *
   * @throws FormatException if a part is missing, damaged, or of a kind not known
   */
  public static ClassPipeline open(Path folder, String variant) throws IOException {
    Path file = SchedulerConfig.file(folder);
    JsonFields json = new JsonFields(file, JsonFile.read(JSON, file));
    SequencedMap<SamplerChoice, SchedulerConfig> schedulers = new LinkedHashMap<>();
    SchedulerConfig own = SchedulerConfig.of(json);
    for (SamplerChoice choice : SamplerChoice.of(own)) {
      schedulers.put(choice, schedulers.isEmpty() ? own : SchedulerConfig.of(json, choice));
    }
    UNet net = UNet.open(new PictureFolder(folder.resolve("unet"), variant));
    if (net.config().condition().classes().isEmpty()) {
      net.close();
      throw new FormatException(
          folder.resolve("unet"), 0, "no classes ('num_class_embeds'), and no vae beside it");
    }
    return new ClassPipeline(Collections.unmodifiableSequencedMap(schedulers), net);
  }

  /** How many classes it knows. */
  public int classes() {
    return net.config().condition().classes().orElseThrow();
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
    return draw(new ClassRequest(labels, steps, guidance, side, Optional.empty()), noise, tap);
  }

  /**
   * Draws pictures.
   *
   * @param tap on the denoiser
   * @throws IllegalArgumentException for a class or a way of sampling that it does not know
   */
  public Pictures draw(ClassRequest request, Noise noise, Tap tap) {
    int[] labels = request.labels();
    for (int label : labels) {
      if (label < 0 || label >= classes()) {
        throw new IllegalArgumentException(
            "class " + label + ": this network knows 0 to " + (classes() - 1));
      }
    }
    int length = request.side().isPresent() ? request.side().getAsInt() : side();
    long[] shape = {labels.length, net.config().in(), length, length};
    Guidance guidance = request.guidance();
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
      Sampler sampler = Sampler.of(sampledBy(request), request.steps(), labels.length);
      double[] values =
          new Denoising(net, condition, guidance, tap)
              .run(sampler, noise, shape, (step, in, out, next) -> {});
      Tensor pictures = TensorMemory.floats(Denoising.floats(values), shape);
      return Pictures.of(pictures);
    }
  }

  private SchedulerConfig sampledBy(ClassRequest request) {
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
