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
  private static final List<Map<String, String>> SITES =
      List.of(
          Map.of("kind", "transcoder"),
          Map.of("kind", "transcoder", "skip", "true"),
          Map.of("kind", "transcoder", "encoder", "kronecker"),
          Map.of("kind", "transcoder", "skip", "true", "encoder", "switch", "experts", "4"),
          Map.of("kind", "transcoder", "decoder", "archetypal", "points", "20"),
          Map.of("kind", "crosscoder"),
          Map.of("kind", "crosscoder", "encoder", "switch", "experts", "4"),
          Map.of("kind", "crosscoder", "encoder", "kronecker"),
          Map.of("kind", "crosscoder", "decoder", "archetypal", "points", "20"));

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
    for (Map<String, String> site : SITES) {
      for (String architecture :
          List.of("topk", "abstopk", "groupmax", "relu", "jumprelu", "gated")) {
        for (InputScale scale : InputScale.values()) {
          if (scale.isFactor() && !(architecture.equals("gated") && site.containsKey("encoder"))) {
            Map<String, String> changes = new LinkedHashMap<>(site);
            changes.put("architecture", architecture);
            changes.put("sample-rows", Integer.toString(ROWS));
            changes.put("batch", Integer.toString(ROWS));
            changes.put("input-scale", OptionText.name(scale));
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

  private static List<Integer> parts(TrainOptions options) {
    return switch (options.sites().kind()) {
      case AUTOENCODER -> List.of(WIDTH);
      case TRANSCODER -> List.of(WIDTH, 8);
      case CROSSCODER -> List.of(6, 6, 6);
    };
  }

  private void check(TrainOptions options, InputScale scale) throws IOException {
    Map<String, String> more =
        options.sites().kind() == SiteOptions.Reading.TRANSCODER
            ? Map.of(Provenance.TARGET, "t")
            : Map.of();
    List<Integer> parts = parts(options);
    String hook = options.sites().kind() == SiteOptions.Reading.CROSSCODER ? "h,i,j" : "h";
    Provenance provenance = new Provenance(hook, "tiny", "00", "rows", "11", more);
    TrainingRun run = TrainingRun.create(folder.resolve("run" + System.nanoTime()), provenance);
    try (PointerScope scope = new PointerScope();
        SeededRows source = new SeededRows(SEED, parts);
        Arena arena = Arena.ofShared();
        TrainState state = TrainState.initial(options, RowLayout.of(options, source))) {
      RowLayout layout = state.layout();
      StartingPoint start = StartingPoint.estimate(source, options);
      start.applyTo(state);
      disturb(state);
      FittedInput input = state.input(start.inputScale());
      assertThat(input.equals(FittedInput.none()))
          .isEqualTo(scale == InputScale.NONE && parts.size() == 1);
      new FoldedDictionary(run, options, state).save(input);

      int width = layout.width();
      MemorySegment raw = arena.allocate(ValueLayout.JAVA_FLOAT, (long) ROWS * width);
      source.next(raw);
      Tensor x = layout.input(TensorMemory.copy(raw, ScalarType.Float, ROWS, width));
      NormalisedRows.normalise(input, raw, width);
      Tensor normalised = TensorMemory.tensor(raw, ScalarType.Float, ROWS, width);
      Tensor made =
          Objective.of(state.design().at(0))
              .evaluate(
                  state.parameters(),
                  layout.input(normalised),
                  layout.output(normalised),
                  Situation.plain())
              .reconstruction()
              .detach();
      FittedInput out =
          !layout.same() && input instanceof FittedInput.Parts each ? each.part(1) : input;
      Tensor expected = raw(made, out, x);
      try (Dictionary saved = DictionaryFiles.open(run.dictionary())) {
        Tensor rows = layout.sites() == 1 ? x : x.reshape(ROWS, 3, 6);
        Tensor latents = saved.encode(rows);
        assertThat(latents.count_nonzero().item_long()).isGreaterThan(ROWS / 2);
        TensorAssertions.assertClose(
            "recon", saved.decode(latents, rows).reshape(ROWS, layout.outputs()), expected, 2e-5);
        assertThat(saved.facts().model()).isEqualTo("tiny");
        assertThat(saved.facts().input().hooks()).containsExactly(hook.split(","));
        assertThat(saved.facts().output().hooks())
            .containsExactly((layout.same() ? hook : "t").split(","));
        assertThat(saved.facts().kind().key()).isEqualTo(OptionText.name(layout.kind()));
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
      case FittedInput.Parts parts -> y.div(parts.each());
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
