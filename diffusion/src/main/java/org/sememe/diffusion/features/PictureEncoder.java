package org.sememe.diffusion.features;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.sememe.diffusion.distillation.FeatureNetwork;
import org.sememe.models.blocks.WeightReader;
import org.sememe.models.unet.ParameterSource;
import org.sememe.tensors.AtomicFile;
import org.sememe.tensors.FormatException;
import org.sememe.tensors.JsonFields;
import org.sememe.tensors.JsonFile;
import org.sememe.tensors.safetensors.SafetensorsFile;
import org.sememe.tensors.safetensors.SafetensorsWriter;

/**
 * A small residual network over pictures: a 3x3 convolution, then stages, each of which halves the
 * size (He et al. 2016), with group norms. There is a tap after the first convolution and after
 * each stage; a picture's embedding is the mean of the last over its positions. Owns its
 * parameters; runs are recorded for differentiation where something requires a gradient. Several
 * threads may run at once while nobody changes parameters.
 */
public final class PictureEncoder implements FeatureNetwork, AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double EPS = 1e-5;
  private static final String CONFIG = "config.json";
  private static final String WEIGHTS = "model.safetensors";

  private final Shape shape;
  private final SequencedMap<String, Tensor> parameters = ParameterSource.record();

  /**
   * Its widths.
   *
   * @param in channels of the pictures
   * @param channels of each tap, the finest first, each a multiple of 4
   */
  public record Shape(int in, List<Integer> channels) {
    private static final int GROUPS = 4;

    public Shape {
      channels = List.copyOf(channels);
      if (in < 1
          || channels.isEmpty()
          || channels.stream().anyMatch(c -> c < 1 || c % GROUPS > 0)) {
        throw new IllegalArgumentException(
            in + " channels to " + channels + ": need multiples of " + GROUPS);
      }
    }

    /** Width of an embedding. */
    public int width() {
      return channels.getLast();
    }
  }

  /** A network with the source's parameters, its own from here on. */
  public PictureEncoder(Shape shape, ParameterSource source) throws IOException {
    this.shape = shape;
    ParameterSource all = source.recording(parameters);
    layer(all, "stem", shape.in, shape.channels.getFirst(), 3);
    for (int i = 1; i < shape.channels.size(); i++) {
      int from = shape.channels.get(i - 1);
      int to = shape.channels.get(i);
      layer(all, "stages." + i + ".conv1", from, to, 3);
      layer(all, "stages." + i + ".conv2", to, to, 3);
      layer(all, "stages." + i + ".shortcut", from, to, 1);
    }
  }

  private static void layer(ParameterSource all, String path, int in, int out, int kernel)
      throws IOException {
    all.parameter(path + ".weight", out, in, kernel, kernel);
    all.parameter(path + "_norm.weight", out);
    all.parameter(path + "_norm.bias", out);
  }

  /**
   * Opens what {@link #save} wrote; further tensors of the file are left to others.
   *
   * @throws FormatException if it is damaged, or of a kind not known
   */
  public static PictureEncoder open(Path folder) throws IOException {
    Path config = folder.resolve(CONFIG);
    JsonFields json = new JsonFields(config, JsonFile.read(JSON, config));
    Shape shape;
    try {
      List<Integer> channels = new ArrayList<>();
      json.json().path("channels").forEach(value -> channels.add(value.asInt()));
      shape = new Shape(json.count("in_channels"), channels);
    } catch (IllegalArgumentException problem) {
      throw new FormatException(config, 0, problem.getMessage());
    }
    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve(WEIGHTS))) {
      WeightReader reader = ParameterSource.reader(file);
      try {
        return new PictureEncoder(shape, ParameterSource.of(reader));
      } catch (IOException | RuntimeException problem) {
        reader.discard();
        throw problem;
      }
    }
  }

  /** The file of weights in a folder that {@link #save} wrote. */
  static Path weights(Path folder) {
    return folder.resolve(WEIGHTS);
  }

  /**
   * Writes options and parameters into a folder.
   *
   * @param beside further tensors of the same file
   */
  public void save(Path folder, Map<String, Tensor> beside) throws IOException {
    ObjectNode json = JSON.createObjectNode().put("in_channels", shape.in);
    shape.channels.forEach(json.putArray("channels")::add);
    AtomicFile.write(
        folder.resolve(CONFIG),
        out -> out.write(JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(json)));
    SequencedMap<String, Tensor> all = new LinkedHashMap<>(parameters);
    all.putAll(beside);
    all.replaceAll((name, tensor) -> tensor.detach());
    SafetensorsWriter.write(weights(folder), all, Map.of());
  }

  /** Its widths. */
  public Shape shape() {
    return shape;
  }

  /** Its parameters by name, in a fixed order; the network's own. */
  public SequencedMap<String, Tensor> parameters() {
    return Collections.unmodifiableSequencedMap(parameters);
  }

  @Override
  public Features of(Tensor pictures) {
    List<Tensor> taps = new ArrayList<>();
    Tensor x = torch.silu(passed("stem", pictures, 1));
    taps.add(x);
    for (int i = 1; i < shape.channels.size(); i++) {
      String stage = "stages." + i;
      Tensor h = torch.silu(passed(stage + ".conv1", x, 2));
      x = torch.silu(passed(stage + ".conv2", h, 1).add(passed(stage + ".shortcut", x, 2)));
      taps.add(x);
    }
    return new Features(taps, x.mean(2, 3));
  }

  private Tensor passed(String layer, Tensor x, int stride) {
    Tensor weight = parameters.get(layer + ".weight");
    long padding = weight.size(2) / 2;
    Tensor y =
        torch.conv2d(
            x,
            weight,
            new TensorOptional(),
            new long[] {stride, stride},
            new long[] {padding, padding},
            new long[] {1, 1},
            1);
    return torch.group_norm(
        y,
        Shape.GROUPS,
        new TensorOptional(parameters.get(layer + "_norm.weight")),
        new TensorOptional(parameters.get(layer + "_norm.bias")),
        EPS,
        false);
  }

  @Override
  public void close() {
    parameters.values().forEach(Tensor::close);
    parameters.clear();
  }
}
