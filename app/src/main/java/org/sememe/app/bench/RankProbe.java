package org.sememe.app.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.sememe.tensors.Torch;
import org.sememe.training.RankedStep;
import org.sememe.training.StepFigures;
import org.sememe.training.TrainOptions;
import org.sememe.training.ranks.Mesh;
import org.sememe.training.ranks.RankGrid;
import org.sememe.training.ranks.RankPlace;
import org.sememe.training.ranks.Sharding;

/**
 * What a process of its own does for {@link RankBench}, with one thread: the encoder's product, or
 * training steps, alone or as a rank of several. It says {@code ready}, then for each line with a
 * number does its work so often and answers with a JSON object, whose split is the last time's; it
 * ends with its input.
 */
public final class RankProbe {
  static final String READY = "ready";
  static final String GEMM = "gemm";

  private static final Duration TIMEOUT = Duration.ofMinutes(2);

  private RankProbe() {}

  /** Does something once, and says how long its parts took if it has any. */
  @FunctionalInterface
  private interface Work {
    Optional<StepFigures.Times> run(MemorySegment batch);
  }

  /**
   * Runs it.
   *
   * @param arguments what to do, the width, and the options of training
   */
  public static void main(String[] arguments) throws IOException {
    Torch.start(1);
    int width = Integer.parseInt(arguments[1]);
    Map<String, String> given = new LinkedHashMap<>();
    for (int i = 2; i < arguments.length; i++) {
      String[] pair = arguments[i].split("=", 2);
      given.put(pair[0], pair[1]);
    }
    TrainOptions options =
        TrainOptions.of(
                Integer.parseInt(given.get("latents")),
                Integer.parseInt(given.get("k")),
                Long.parseLong(given.get("tokens")))
            .with(given);
    if (arguments[0].equals(GEMM)) {
      try (EncoderProduct product = new EncoderProduct(options.batch(), width, options.latents())) {
        Work work =
            batch -> {
              product.step(batch);
              return Optional.empty();
            };
        serve(options.batch(), width, work, Mesh.single());
      }
      return;
    }
    Optional<RankPlace> place = RankPlace.of(System.getenv());
    Sharding sharding = Sharding.named(arguments[0]);
    try (Mesh mesh =
            place.isEmpty()
                ? Mesh.single()
                : Mesh.join(place.get(), RankGrid.of(sharding, place.get().size()), TIMEOUT);
        RankedStep step = new RankedStep(options, width, mesh, 1)) {
      serve(options.batch(), width, batch -> Optional.of(step.step(batch).times()), mesh);
      mesh.job().leave();
    }
  }

  private static Map<String, Double> split(StepFigures.Times parts) {
    Map<String, Double> seconds = new LinkedHashMap<>();
    seconds.put("encode", parts.encode() / 1e9);
    seconds.put("select", parts.select() / 1e9);
    seconds.put("decode", parts.decode() / 1e9);
    seconds.put("gradients", parts.gradients() / 1e9);
    seconds.put("optimiser", parts.optimiser() / 1e9);
    return seconds;
  }

  /** The arguments of a process. */
  static List<String> arguments(String what, int width, TrainOptions options) {
    List<String> all = new ArrayList<>(List.of(what, Integer.toString(width)));
    options.toMap().forEach((key, value) -> all.add(key + "=" + value));
    return all;
  }

  private static void serve(int rows, int width, Work work, Mesh mesh) throws IOException {
    try (Arena arena = Arena.ofShared();
        SyntheticRows source = new SyntheticRows(0, width);
        BufferedReader in =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      MemorySegment batch = arena.allocate(ValueLayout.JAVA_FLOAT, (long) rows * width);
      source.next(batch);
      System.out.println(READY);
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        int times = Integer.parseInt(line);
        Map<String, Object> answer = new LinkedHashMap<>();
        long sent = mesh.all().sentBytes();
        long begin = System.nanoTime();
        for (int i = 0; i < times; i++) {
          work.run(batch).ifPresent(parts -> answer.put("split", split(parts)));
        }
        answer.put("seconds", (System.nanoTime() - begin) / 1e9 / times);
        answer.put("sent", (mesh.all().sentBytes() - sent) / times);
        System.out.println(new ObjectMapper().writeValueAsString(answer));
      }
    }
  }
}
