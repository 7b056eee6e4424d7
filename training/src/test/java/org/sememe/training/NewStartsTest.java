package org.sememe.training;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.sememe.sae.design.Penalty;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.Fixtures;
import org.sememe.training.optimiser.NewStarts;

/** Whole steps with dead latents' new weights against dictionary_learning's, from its own rows. */
class NewStartsTest {
  private static final String ROWS = ".state.resampled_rows";

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  @TestFactory
  List<DynamicTest> everyCaseThatResamples() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    try (Stream<Path> cases = Files.list(Fixtures.require("steps/dictionary_learning"))) {
      for (Path path : cases.filter(Files::isDirectory).sorted().toList()) {
        if (RecordedSteps.expected(path).path("config").path("resample_steps").isNumber()) {
          tests.add(DynamicTest.dynamicTest(path.getFileName().toString(), () -> check(path)));
        }
      }
    }
    return tests;
  }

  private static void check(Path folder) throws IOException {
    try (PointerScope scope = new PointerScope();
        Arena arena = Arena.ofShared();
        RecordedSteps recorded = new RecordedSteps(folder)) {
      JsonNode config = recorded.expected().path("config");
      long every = config.path("resample_steps").asLong();
      TrainOptions options =
          TrainOptions.of(config.path("dict_size").asInt(), 1, 100L * recorded.batch())
              .with(
                  Map.of(
                      "batch",
                      Integer.toString(recorded.batch()),
                      "architecture",
                      "relu",
                      "clip",
                      "0"));
      int renewed = 0;
      try (TrainState state = TrainState.zeros(options, recorded.width())) {
        recorded.begin(state);
        for (int n = 1; n <= recorded.steps(); n++) {
          double rate = recorded.expected().path("learning_rates").get(n - 1).asDouble();
          TrainPlan plan =
              Plans.constant(
                  options.plan(recorded.width()),
                  rate,
                  new Penalty.L1(),
                  config.path("l1_penalty").asDouble());
          try (TrainStep step = new TrainStep(state, options, plan, 2)) {
            recorded.checkLoss(n, step.step(recorded.rows(arena, n)).loss());
          }
          if ((n - 1) % every == 0) {
            renewed += renew(state, recorded, arena, n, every / 2 * recorded.batch());
          }
          recorded.checkParameters(n, state);
        }
        recorded.checkMoments(state);
      }
      assertThat(renewed).isPositive();
    }
  }

  private static int renew(
      TrainState state, RecordedSteps recorded, Arena arena, int step, long silent) {
    int[] dead =
        IntStream.range(0, state.latents())
            .filter(latent -> state.sinceFired().getAtIndex(ValueLayout.JAVA_LONG, latent) > silent)
            .toArray();
    if (dead.length == 0) {
      return 0;
    }
    String name = step + ROWS;
    long[] drawn = TensorMemory.longs(recorded.after().tensor(name));
    int count = Math.min(dead.length, drawn.length);
    long bytes = (long) state.width() * Float.BYTES;
    MemorySegment batch = recorded.rows(arena, step);
    MemorySegment rows = arena.allocate(count * bytes, Float.BYTES);
    for (int i = 0; i < count; i++) {
      MemorySegment.copy(batch, drawn[i] * bytes, rows, i * bytes, bytes);
    }
    long[] latents = Arrays.stream(dead).asLongStream().toArray();
    new NewStarts(0.2)
        .apply(
            state.tensors(),
            state,
            TensorMemory.longs(latents, latents.length),
            TensorMemory.tensor(rows, ScalarType.Float, count, state.width()));
    return count;
  }
}
