package org.sememe.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.sae.dictionary.Dictionary;
import org.sememe.sae.fold.FittedInput;
import org.sememe.sae.fold.RowNormalisation;
import org.sememe.sae.formats.DictionaryFiles;
import org.sememe.sae.objective.Objective;
import org.sememe.sae.objective.Situation;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.TensorAssertions;

/** What is saved does to raw rows what training did to normalised ones, whatever it is made of. */
class FoldedCoderTest {
  private static final long SEED = 2_718;
  private static final int WIDTH = 12;
  private static final int LATENTS = 32;
  private static final int ROWS = 96;

  private static final List<Map<String, String>> STRUCTURES =
      List.of(
          Map.of("encoder", "kronecker", "kron-m", "2", "kron-n", "4"),
          Map.of("encoder", "switch", "experts", "4"),
          Map.of("decoder", "archetypal", "points", "20"),
          Map.of("encoder", "kronecker", "decoder", "archetypal", "points", "40"),
          Map.of("encoder", "switch", "experts", "2", "decoder", "archetypal", "points", "9"),
          Map.of("encoder", "kronecker", "architecture", "relu", "decoder-norm", "free"));
  private static final List<String> ARCHITECTURES =
      List.of("topk", "abstopk", "groupmax", "relu", "jumprelu");

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    System.out.println("Folded coders: seed " + SEED);
    Torch.start(2);
  }

  @TestFactory
  List<DynamicTest> everyStructureOfEveryArchitectureAndNormalisation() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Map<String, String> structure : STRUCTURES) {
      for (String architecture : ARCHITECTURES) {
        for (InputScale scale : InputScale.values()) {
          Map<String, String> changes = new LinkedHashMap<>();
          changes.put("architecture", architecture);
          changes.put("sample-rows", Integer.toString(ROWS));
          changes.put("batch", Integer.toString(ROWS));
          changes.put("input-scale", OptionText.name(scale));
          changes.putAll(structure);
          boolean twice = !changes.get("architecture").equals(architecture);
          if (!twice) {
            TrainOptions options = TrainOptions.of(LATENTS, 4, 1000).with(changes);
            tests.add(DynamicTest.dynamicTest(changes.toString(), () -> check(options, scale)));
          }
        }
      }
    }
    tests.add(
        DynamicTest.dynamicTest(
            "not centred",
            () ->
                check(
                    TrainOptions.of(LATENTS, 4, 1000)
                        .with(
                            Map.of(
                                "encoder", "kronecker",
                                "kron-m", "2",
                                "centring", "none",
                                "sample-rows", Integer.toString(ROWS),
                                "batch", Integer.toString(ROWS))),
                    InputScale.UNIT)));
    return tests;
  }

  private void check(TrainOptions options, InputScale scale) throws IOException {
    Provenance provenance = new Provenance("h", "tiny", "00", "rows", "11", Map.of());
    TrainingRun run = TrainingRun.create(folder.resolve("run" + System.nanoTime()), provenance);
    try (PointerScope scope = new PointerScope();
        SeededRows source = new SeededRows(SEED, WIDTH);
        Arena arena = Arena.ofShared();
        TrainState state = TrainState.initial(options, WIDTH)) {
      StartingPoint start = StartingPoint.estimate(source, options);
      start.applyTo(state);
      disturb(state);
      FittedInput input = state.input(start.inputScale());
      new FoldedDictionary(run, options, state).save(input);

      MemorySegment raw = arena.allocate(ValueLayout.JAVA_FLOAT, (long) ROWS * WIDTH);
      source.next(raw);
      Tensor x = TensorMemory.copy(raw, ScalarType.Float, ROWS, WIDTH);
      NormalisedRows.normalise(input, raw, WIDTH);
      Tensor normalised = TensorMemory.tensor(raw, ScalarType.Float, ROWS, WIDTH);
      Tensor expected =
          raw(
              Objective.of(new RunDesign(options, options.plan(WIDTH)).at(0))
                  .evaluate(state.parameters(), normalised, Situation.plain())
                  .reconstruction()
                  .detach(),
              input,
              x);
      try (Dictionary saved = DictionaryFiles.open(run.dictionary())) {
        Tensor latents = saved.encode(x);
        assertThat(latents.count_nonzero().item_long()).isGreaterThan(ROWS / 2);
        TensorAssertions.assertClose("recon", saved.decode(latents, x), expected, 2e-5);
        assertThat(saved.facts().model()).isEqualTo("tiny");
        assertThat(saved.facts().input().hooks()).containsExactly("h");
      }
    }
  }

  /** All trained numbers somewhere else than at the start, where many are 0 or alike. */
  private static void disturb(TrainState state) {
    RandomStream random = RandomStream.of(SEED).stream("disturb");
    state
        .parameters()
        .forEach(
            (name, tensor) -> {
              if (!name.equals("points")) {
                float[] noise = new float[Math.toIntExact(tensor.numel())];
                for (int i = 0; i < noise.length; i++) {
                  noise[i] = (float) (0.05 * random.nextGaussian());
                }
                tensor.add_(TensorMemory.floats(noise, TensorMemory.shape(tensor)));
              }
            });
    if (state.parameters().containsKey("threshold")) {
      state.parameters().get("threshold").abs_();
    }
  }

  private static Tensor raw(Tensor y, FittedInput input, Tensor x) {
    return switch (input) {
      case FittedInput.Scaled(Optional<Tensor> mean, double scale) -> {
        Tensor scaled = y.div(new Scalar(scale));
        yield mean.map(scaled::add).orElse(scaled);
      }
      case FittedInput.Whitened(Tensor mean, Tensor _, Tensor inverse) ->
          y.to(ScalarType.Double).matmul(inverse).add(mean);
      case FittedInput.PerRow(RowNormalisation each) -> {
        float[] rows = TensorMemory.floats(x);
        float[] found = TensorMemory.floats(y.contiguous());
        for (int row = 0; row < ROWS; row++) {
          float[] one = Arrays.copyOfRange(rows, row * WIDTH, (row + 1) * WIDTH);
          RowNormalisation.Frame frame = each.frame(one);
          for (int j = row * WIDTH; j < (row + 1) * WIDTH; j++) {
            found[j] = (float) (found[j] * frame.outward() + frame.offset());
          }
        }
        yield TensorMemory.floats(found, ROWS, WIDTH);
      }
    };
  }

  @Test
  void aBatchsThresholdIsSavedInTheUnitOfRawRows() throws IOException {
    for (Map<String, String> structure : STRUCTURES.subList(0, 5)) {
      Map<String, String> changes = new LinkedHashMap<>(structure);
      changes.put("architecture", "batchtopk");
      changes.put("sample-rows", "500");
      changes.put("batch", "256");
      changes.put("lr", "0.003");
      TrainOptions options = TrainOptions.of(LATENTS, 4, 256L * 150).with(changes);
      TrainingRun run =
          TrainingRun.create(
              folder.resolve("threshold" + System.nanoTime()),
              new Provenance("h", "tiny", "00", "rows", "11", Map.of()));
      try (PointerScope scope = new PointerScope();
          SeededRows source = new SeededRows(SEED, WIDTH);
          Arena arena = Arena.ofShared()) {
        Trainer.train(run, source, options, at -> {}, () -> false);
        MemorySegment raw = arena.allocate(ValueLayout.JAVA_FLOAT, 2048L * WIDTH);
        source.next(raw);
        Tensor x = TensorMemory.tensor(raw, ScalarType.Float, 2048, WIDTH);
        try (Dictionary saved = DictionaryFiles.open(run.dictionary())) {
          double active = saved.encode(x).count_nonzero().item_long() / 2048.0;
          assertThat(active).as(changes.toString()).isBetween(0.8 * 4, 1.5 * 4);
        }
      }
    }
  }
}
