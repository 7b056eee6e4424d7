package org.sememe.app.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.sememe.tensors.Torch;
import org.sememe.training.TrainOptions;
import org.sememe.training.TrainState;
import org.sememe.training.TrainStep;

/**
 * What a process of its own runs for {@link MemoryBench}: it starts libtorch and, if it is given a
 * shape, takes training steps on one batch of synthetic rows. It notes its resident size after each
 * part, and how much of Java's heap is in use, garbage included; it ends with a JSON object.
 */
public final class MemoryProbe {
  private static final Set<String> WEIGHTS = Set.of("W_enc", "b_enc", "W_dec", "b_dec");

  private final List<Map<String, Object>> parts = new ArrayList<>();
  private final Map<String, Object> fields = new LinkedHashMap<>();

  private MemoryProbe() {}

  /**
   * Runs it.
   *
   * @param arguments of {@link #arguments}
   */
  public static void main(String[] arguments) throws IOException {
    MemoryProbe probe = new MemoryProbe();
    Torch.start(Integer.parseInt(arguments[0]));
    probe.note("libtorch");
    if (arguments.length > 1) {
      probe.train(
          Integer.parseInt(arguments[1]),
          TrainOptions.of(
                  Integer.parseInt(arguments[2]),
                  Integer.parseInt(arguments[3]),
                  1_000L * Integer.parseInt(arguments[4]))
              .with("batch", arguments[4])
              .with("dead-tokens", arguments[5]),
          Integer.parseInt(arguments[0]),
          Integer.parseInt(arguments[6]));
    }
    probe.fields.put("parts", probe.parts);
    System.out.println(new ObjectMapper().writeValueAsString(probe.fields));
  }

  /** The arguments of a process that only starts libtorch. */
  static List<String> arguments(int threads) {
    return List.of(Integer.toString(threads));
  }

  /** The arguments of a process that trains. */
  static List<String> arguments(
      int threads, int width, int latents, int k, int batch, long deadTokens, int steps) {
    List<String> all = new ArrayList<>(arguments(threads));
    all.addAll(List.of("" + width, "" + latents, "" + k, "" + batch, "" + deadTokens, "" + steps));
    return all;
  }

  private void train(int width, TrainOptions options, int threads, int steps) {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment batch = arena.allocate(ValueLayout.JAVA_FLOAT, (long) options.batch() * width);
      try (SyntheticRows rows = new SyntheticRows(0, width)) {
        rows.next(batch);
      }
      note("rows");
      try (TrainState state = TrainState.initial(options, width)) {
        note("state");
        long weights = 0;
        long others = 0;
        for (Map.Entry<String, Tensor> tensor : state.tensors().entrySet()) {
          if (WEIGHTS.contains(tensor.getKey())) {
            weights += tensor.getValue().nbytes();
          } else {
            others += tensor.getValue().nbytes();
          }
        }
        fields.put("weights_mb", weights / 1e6);
        fields.put("optimiser_mb", others / 1e6);
        try (TrainStep step = new TrainStep(state, options, options.plan(width), threads)) {
          note("scratch");
          List<Double> seconds = new ArrayList<>();
          for (int i = 0; i < steps; i++) {
            long begin = System.nanoTime();
            fields.put("dead", step.step(batch).dead());
            seconds.add((System.nanoTime() - begin) / 1e9);
            if (i == 0) {
              note("first step");
            }
          }
          note("steps");
          fields.put("steps_s", seconds);
        }
      }
    }
  }

  private void note(String part) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("after", part);
    ResidentSize.of(ProcessHandle.current().pid())
        .ifPresent(
            size -> {
              entry.put("now_mb", size.now());
              entry.put("peak_mb", size.peak());
            });
    Runtime java = Runtime.getRuntime();
    entry.put("heap_mb", (java.totalMemory() - java.freeMemory()) / 1e6);
    parts.add(entry);
  }
}
