package org.sememe.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.safetensors.SafetensorsFile;

/** Steps that another library's trainer did, with its names for our parameters. */
final class RecordedSteps implements AutoCloseable {
  /** Ours, and what others call them; those of layers are transposed to those that are not. */
  private static final Map<String, List<String>> NAMES =
      Map.of(
          TrainState.W_ENC, List.of("encoder.weight", "W_enc"),
          TrainState.B_ENC, List.of("encoder.bias", "b_enc", "gate_bias"),
          TrainState.W_DEC, List.of("decoder.weight", "W_dec"),
          TrainState.B_DEC, List.of("b_dec", "bias", "decoder_bias"),
          TrainState.THRESHOLDS, List.of("threshold"),
          TrainState.R_MAG, List.of("r_mag"),
          TrainState.B_MAG, List.of("mag_bias"));

  private final JsonNode expected;
  private final SafetensorsFile init;
  private final SafetensorsFile batches;
  private final SafetensorsFile after;
  private final Map<String, String> names = new LinkedHashMap<>();
  private final Map<String, Tensor> start = new HashMap<>();

  RecordedSteps(Path folder) throws IOException {
    this.expected = expected(folder);
    this.init = SafetensorsFile.open(folder.resolve("init.safetensors"));
    this.batches = SafetensorsFile.open(folder.resolve("batches.safetensors"));
    this.after = SafetensorsFile.open(folder.resolve("steps.safetensors"));
    NAMES.forEach(
        (ours, theirs) ->
            theirs.stream()
                .filter(name -> init.names().contains("param." + name))
                .findFirst()
                .ifPresent(name -> names.put(ours, name)));
  }

  static JsonNode expected(Path folder) {
    try {
      return new ObjectMapper().readTree(folder.resolve("expected.json").toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  JsonNode expected() {
    return expected;
  }

  int batch() {
    return batches.info("x0").shape().getFirst().intValue();
  }

  int width() {
    return batches.info("x0").shape().get(1).intValue();
  }

  int steps() {
    return (int) batches.names().stream().filter(name -> name.startsWith("x")).count();
  }

  /** The rows of a step, counted from 1. */
  MemorySegment rows(Arena arena, int step) {
    MemorySegment from = TensorMemory.segment(batches.floats("x" + (step - 1)));
    return arena.allocate(from.byteSize(), Long.BYTES).copyFrom(from);
  }

  /** A number of the state after a step, or before the first. */
  double number(int step, String name) {
    return (step == 0 ? init : after)
        .floats((step == 0 ? "" : step + ".") + name)
        .to(ScalarType.Double)
        .item_double();
  }

  boolean has(String name) {
    return after.names().contains(name) || init.names().contains(name);
  }

  SafetensorsFile after() {
    return after;
  }

  SafetensorsFile init() {
    return init;
  }

  /** Sets the parameters to those before the first step. */
  void begin(TrainState state) {
    names.keySet().forEach(name -> state.memory(name).copyFrom(TensorMemory.segment(first(name))));
    remember(state);
  }

  /** Changes are measured from here. */
  void remember(TrainState state) {
    names.keySet().forEach(name -> start.put(name, state.tensor(name).clone()));
  }

  private Tensor first(String name) {
    return ours(init, "param.", name, "");
  }

  void checkParameters(int step, TrainState state) {
    for (String name : names.keySet()) {
      float[] wanted = TensorMemory.floats(ours(after, step + ".param.", name, ""));
      float[] before = TensorMemory.floats(start.get(name));
      double change =
          IntStream.range(0, wanted.length)
              .mapToDouble(i -> Math.abs(wanted[i] - before[i]))
              .max()
              .orElseThrow();
      double most = 1e-6 * largest(wanted) + 1e-3 * change;
      assertWithin(step + ": " + name, TensorMemory.floats(state.tensor(name)), wanted, most);
    }
  }

  Map<String, double[]> firstMoments(TrainState state) {
    Map<String, double[]> moments = new HashMap<>();
    for (String name : names.keySet()) {
      moments.put(name, TensorMemory.doubles(state.tensor(name + ".exp_avg")));
    }
    return moments;
  }

  /** The gradients that Adam was given, from how the first moment moved; where recorded. */
  Map<String, float[]> gradients(TrainState state, Map<String, double[]> before, double beta1) {
    Map<String, float[]> gradients = new LinkedHashMap<>();
    firstMoments(state)
        .forEach(
            (name, now) -> {
              float[] gradient = new float[now.length];
              for (int i = 0; i < now.length; i++) {
                double kept = beta1 * before.get(name)[i];
                gradient[i] = (float) ((now[i] - kept) / (1 - beta1));
              }
              gradients.put(name, gradient);
            });
    return gradients;
  }

  /** The recorded gradients of a step under a name, by our names; none where not recorded. */
  Map<String, float[]> recorded(int step, String kind) {
    Map<String, float[]> gradients = new LinkedHashMap<>();
    String prefix = step + ".grad." + kind + ".";
    for (String name : names.keySet()) {
      if (after.names().contains(prefix + names.get(name))) {
        gradients.put(name, TensorMemory.floats(ours(after, prefix, name, "")));
      }
    }
    return gradients;
  }

  void checkMoments(TrainState state) {
    for (String name : names.keySet()) {
      for (String moment : List.of(".exp_avg", ".exp_avg_sq")) {
        float[] wanted = TensorMemory.floats(ours(after, steps() + ".optim.", name, moment));
        float[] actual = TensorMemory.floats(state.tensor(name + moment));
        assertWithin(name + moment, actual, wanted, 1e-3 * largest(wanted));
      }
    }
  }

  /** One of its tensors, latent-major as ours are. */
  private Tensor ours(SafetensorsFile file, String prefix, String name, String suffix) {
    Tensor stored = file.floats(prefix + names.get(name) + suffix);
    boolean layer = names.get(name).endsWith(".weight");
    return name.equals(layer ? TrainState.W_DEC : TrainState.W_ENC)
        ? stored.t().contiguous()
        : stored;
  }

  static double largest(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> Math.abs(values[i])).max().orElse(0);
  }

  static void assertWithin(String what, float[] actual, float[] wanted, double most) {
    assertThat(actual).hasSameSizeAs(wanted);
    for (int i = 0; i < wanted.length; i++) {
      assertThat(Math.abs(actual[i] - wanted[i]))
          .as("%s[%d]: %s, not %s", what, i, actual[i], wanted[i])
          .isLessThanOrEqualTo((float) most);
    }
  }

  void checkLoss(int step, double loss) {
    double wanted = after.floats(step + ".loss.total").item_double();
    assertThat(loss).as("loss of step %d", step).isCloseTo(wanted, within(1e-5 * wanted));
  }

  @Override
  public void close() throws IOException {
    init.close();
    batches.close();
    after.close();
  }
}
