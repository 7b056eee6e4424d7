package org.sememe.analysis.steering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sememe.models.Forward;
import org.sememe.models.HookPlan;
import org.sememe.models.LanguageModel;
import org.sememe.models.Models;
import org.sememe.models.TokenBatch;
import org.sememe.models.testing.TinyModel;
import org.sememe.models.testing.TinyTokenizer;
import org.sememe.sae.Encoder;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeConfig;
import org.sememe.sae.SparseCodes;
import org.sememe.sae.Sparsity;
import org.sememe.sae.fold.RowNormalisation;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.LeakMeter;

/** Edited rows against decode(edited codes) - decode(codes), and what is left alone. */
class SteererTest {
  private static final String HOOK = "blocks.1.hook_resid_post";
  private static final int D = TinyModel.WIDTH;
  private static final int LATENTS = 48;
  private static final TinyTokenizer TOKENIZER = TinyTokenizer.plain();
  private static final int[] TEXT = TOKENIZER.encodePlain("what do you see, sememe").ids();
  private static final long SEED = 11;

  @TempDir private static Path folder;
  private static LanguageModel model;

  @BeforeAll
  static void open() throws IOException {
    Torch.start(2);
    model = Models.open(TinyModel.write(folder, 4));
    System.out.println("seed " + SEED);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  /** A random dictionary whose decoder rows are of several norms. */
  private static Sae sae(Sparsity sparsity, RowNormalisation rows) {
    RandomStream random = RandomStream.of(SEED);
    float[] encoder = new float[LATENTS * D];
    float[] decoder = new float[encoder.length];
    for (int i = 0; i < encoder.length; i++) {
      encoder[i] = (float) (random.nextGaussian() / 4);
      decoder[i] = (float) (random.nextGaussian() / (2 + i / D % 3));
    }
    float[] bias = new float[D];
    Arrays.fill(bias, 0.1f);
    try (PointerScope scope = new PointerScope()) {
      return new Sae(
          new SaeConfig(D, LATENTS, sparsity, true, HOOK, "tiny", 1, rows, Map.of()),
          TensorMemory.floats(encoder, LATENTS, D),
          TensorMemory.floats(new float[LATENTS], LATENTS),
          TensorMemory.floats(decoder, LATENTS, D),
          TensorMemory.floats(bias, D),
          sparsity instanceof Sparsity.JumpRelu
              ? Optional.of(TensorMemory.floats(new float[LATENTS], LATENTS))
              : Optional.empty());
    }
  }

  static Stream<Sae> dictionaries() {
    return Stream.of(
        sae(new Sparsity.TopK(5), RowNormalisation.NONE),
        sae(new Sparsity.Relu(), RowNormalisation.NONE),
        sae(new Sparsity.JumpRelu(), RowNormalisation.NONE),
        sae(new Sparsity.AbsTopK(5), RowNormalisation.NONE),
        sae(new Sparsity.TopK(5), RowNormalisation.LAYER_NORM),
        sae(new Sparsity.TopK(5), RowNormalisation.CONSTANT_NORM));
  }

  /** The rows {@code [tokens][d]} at the hook point, and all logits, under a plan's edits. */
  private record Seen(float[][] rows, float[] logits) {
    static Seen of(int[] tokens, HookPlan edits) {
      try (PointerScope scope = new PointerScope();
          Forward forward =
              model.run(TokenBatch.of(tokens), edits.toBuilder().capture(HOOK).logits().build())) {
        float[] all = TensorMemory.floats(forward.activation(HOOK));
        float[][] rows = new float[tokens.length][];
        for (int i = 0; i < rows.length; i++) {
          rows[i] = Arrays.copyOfRange(all, i * D, (i + 1) * D);
        }
        return new Seen(rows, TensorMemory.floats(forward.logits()));
      }
    }
  }

  private static double distance(float[] a, float[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> Math.abs(a[i] - b[i])).max().orElse(0);
  }

  private static Steering everywhere(Steer... steers) {
    return Steering.of(List.of(steers)).at(Where.BOTH, true);
  }

  private static Steer clamp(int latent, double value) {
    return new Steer(latent, Steer.Mode.CLAMP, value, Steer.Unit.RAW);
  }

  @ParameterizedTest
  @MethodSource("dictionaries")
  void clampingToThePresentValueChangesNothingAndElsewhereItDoes(Sae own) {
    int[] pair = {5, 12}; // the first position is left alone: one row is steered
    try (Sae sae = own;
        Steerer steerer = new Steerer(model, TOKENIZER, sae);
        Encoder encoder = new Encoder(sae, 1)) {
      Seen plain = Seen.of(pair, HookPlan.nothing());
      double[] present = codes(encoder, plain.rows()[1]);
      assertThat(IntStream.range(0, LATENTS).filter(i -> present[i] != 0).count()).isPositive();
      Steer[] all = new Steer[LATENTS];
      for (int latent = 0; latent < LATENTS; latent++) {
        all[latent] = clamp(latent, present[latent]);
        Steering elsewhere = Steering.of(List.of(clamp(latent, present[latent] + 3)));
        assertThat(distance(Seen.of(pair, steerer.edits(elsewhere)).logits(), plain.logits()))
            .as("latent %d", latent)
            .isGreaterThan(1e-2);
      }
      Steering same = Steering.of(List.of(all));
      assertThat(distance(Seen.of(pair, steerer.edits(same)).logits(), plain.logits()))
          .isLessThan(1e-5);
    }
  }

  private static double[] codes(Encoder encoder, float[] row) {
    double[] dense = new double[LATENTS];
    try (Arena arena = Arena.ofShared()) {
      SparseCodes codes = encoder.encode(arena.allocateFrom(ValueLayout.JAVA_FLOAT, row), 1);
      for (int place = 0; place < codes.k(); place++) {
        dense[codes.latent(0, place)] += codes.value(0, place);
      }
    }
    return dense;
  }

  /** decode(edited codes) - decode(codes) of one row, by the dictionary's own decoder. */
  private static double[] difference(
      Encoder encoder, float[] row, UnaryOperator<double[]> editing) {
    double[] dense = codes(encoder, row);
    double[] edited = editing.apply(dense.clone());
    double[] before = decoded(encoder, row, dense);
    double[] after = decoded(encoder, row, edited);
    return IntStream.range(0, D).mapToDouble(i -> after[i] - before[i]).toArray();
  }

  private static double[] decoded(Encoder encoder, float[] row, double[] dense) {
    try (Arena arena = Arena.ofShared()) {
      SparseCodes own = encoder.encode(arena.allocateFrom(ValueLayout.JAVA_FLOAT, row), 1);
      MemorySegment indices = arena.allocate(ValueLayout.JAVA_INT, LATENTS);
      MemorySegment values = arena.allocate(ValueLayout.JAVA_FLOAT, LATENTS);
      for (int i = 0; i < LATENTS; i++) {
        indices.setAtIndex(ValueLayout.JAVA_INT, i, i);
        values.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) dense[i]);
      }
      MemorySegment target = arena.allocate(ValueLayout.JAVA_FLOAT, D);
      encoder.decode(new SparseCodes(1, LATENTS, indices, values, own.frames()), target);
      return IntStream.range(0, D)
          .mapToDouble(i -> target.getAtIndex(ValueLayout.JAVA_FLOAT, i))
          .toArray();
    }
  }

  @ParameterizedTest
  @MethodSource("dictionaries")
  void severalEditsOfCodesAreTheDecodersDifference(Sae own) {
    try (Sae sae = own;
        Steerer steerer = new Steerer(model, TOKENIZER, sae);
        Encoder encoder = new Encoder(sae, 1)) {
      float[][] plain = Seen.of(TEXT, HookPlan.nothing()).rows();
      double[] first = codes(encoder, plain[3]);
      int active = IntStream.range(0, LATENTS).filter(i -> first[i] != 0).findFirst().orElseThrow();
      int a = (active + 1) % LATENTS;
      int b = (active + 2) % LATENTS;
      int c = (active + 3) % LATENTS;
      HookPlan plan =
          steerer.edits(
              everywhere(
                  new Steer(active, Steer.Mode.SCALE, -2, Steer.Unit.RAW),
                  clamp(a, 1.5),
                  new Steer(b, Steer.Mode.ADD, 0.75, Steer.Unit.RAW),
                  new Steer(c, Steer.Mode.ABLATE, 0, Steer.Unit.RAW)));
      float[][] steered = Seen.of(TEXT, plan).rows();
      for (int row = 0; row < TEXT.length; row++) {
        double[] expected =
            difference(
                encoder,
                plain[row],
                codes -> {
                  codes[active] *= -2;
                  codes[a] = 1.5;
                  codes[b] += 0.75;
                  codes[c] = 0;
                  return codes;
                });
        for (int i = 0; i < D; i++) {
          assertThat((double) steered[row][i] - plain[row][i])
              .as("row %d, dimension %d", row, i)
              .isCloseTo(expected[i], within(1e-4 * (1 + Math.abs(plain[row][i]))));
        }
      }
    }
  }

  private static double along(float[] row, float[] direction) {
    double product = 0;
    double squares = 0;
    for (int i = 0; i < D; i++) {
      product += (double) row[i] * direction[i];
      squares += (double) direction[i] * direction[i];
    }
    return product / squares;
  }

  @Test
  void aCapLimitsTheDirectionAndOrthogonalScalesIt() {
    try (Sae sae = sae(new Sparsity.TopK(5), RowNormalisation.NONE);
        Steerer steerer = new Steerer(model, TOKENIZER, sae)) {
      float[][] plain = Seen.of(TEXT, HookPlan.nothing()).rows();
      float[] direction = steerer.direction(7);
      double[] before = Arrays.stream(plain).mapToDouble(row -> along(row, direction)).toArray();
      double cap = Arrays.stream(before).sorted().toArray()[TEXT.length / 2];
      float[][] capped =
          Seen.of(
                  TEXT,
                  steerer.edits(everywhere(new Steer(7, Steer.Mode.CAP, cap, Steer.Unit.RAW))))
              .rows();
      float[][] out =
          Seen.of(
                  TEXT,
                  steerer.edits(everywhere(new Steer(7, Steer.Mode.ORTHOGONAL, 0, Steer.Unit.RAW))))
              .rows();
      float[][] tripled =
          Seen.of(
                  TEXT,
                  steerer.edits(everywhere(new Steer(7, Steer.Mode.ORTHOGONAL, 3, Steer.Unit.RAW))))
              .rows();
      for (int row = 0; row < TEXT.length; row++) {
        assertThat(along(capped[row], direction))
            .isCloseTo(Math.min(before[row], cap), within(1e-5 + 1e-5 * Math.abs(before[row])));
        assertThat(along(out[row], direction)).isCloseTo(0, within(1e-5));
        assertThat(along(tripled[row], direction)).isCloseTo(3 * before[row], within(1e-4));
        for (float[] changed : List.of(capped[row], out[row], tripled[row])) {
          double moved = along(changed, direction) - before[row];
          for (int i = 0; i < D; i++) { // nothing across the direction
            assertThat((double) changed[i])
                .isCloseTo(plain[row][i] + moved * direction[i], within(1e-4));
          }
        }
      }
    }
  }

  @Test
  void firstSpecialAndHugeRowsAreLeftAloneUnlessWanted() {
    int[] tokens = TEXT.clone();
    tokens[4] = 0; // the separator
    float[] factors = new float[tokens.length];
    Arrays.fill(factors, 1);
    factors[9] = 1_000;
    HookPlan.Edit sink = (x, batch) -> x.mul(TensorMemory.floats(factors, 1, factors.length, 1));
    try (Sae sae = sae(new Sparsity.TopK(5), RowNormalisation.NONE);
        Steerer steerer = new Steerer(model, TOKENIZER, sae)) {
      Steering steering = Steering.of(List.of(new Steer(3, Steer.Mode.ADD, 2, Steer.Unit.RAW)));
      float[][] plain = Seen.of(tokens, HookPlan.builder().edit(HOOK, sink).build()).rows();
      for (boolean sinks : new boolean[] {false, true}) {
        HookPlan edits = steerer.edits(steering.at(Where.BOTH, sinks));
        float[][] steered =
            Seen.of(
                    tokens,
                    HookPlan.builder()
                        .edit(HOOK, sink)
                        .edit(HOOK, edits.edit(HOOK).orElseThrow())
                        .build())
                .rows();
        for (int row = 0; row < tokens.length; row++) {
          boolean special = row == 0 || row == 4 || row == 9;
          assertThat(Arrays.equals(steered[row], plain[row]))
              .as("row %d is as it was, sinks %s", row, sinks)
              .isEqualTo(special && !sinks);
        }
      }
    }
  }

  @Test
  void manyRowsAreSteeredAsFewAreAndPaddingNotAtAll() {
    RandomStream random = RandomStream.of(SEED);
    int[][] batch = new int[9][];
    for (int i = 0; i < batch.length; i++) {
      batch[i] = random.ints(i == 0 ? 20 : 60, 1, TinyModel.VOCABULARY).toArray();
    }
    try (Sae sae = sae(new Sparsity.TopK(5), RowNormalisation.NONE);
        Steerer steerer = new Steerer(model, TOKENIZER, sae);
        PointerScope scope = new PointerScope()) {
      Steering steering = everywhere(clamp(2, 4), clamp(9, -1));
      HookPlan plan = steerer.edits(steering).toBuilder().capture(HOOK).build();
      try (Forward together = model.run(TokenBatch.of(batch), plan);
          Forward unedited =
              model.run(TokenBatch.of(batch), HookPlan.builder().capture(HOOK).build())) {
        float[] all = TensorMemory.floats(together.activation(HOOK));
        for (int i = 0; i < batch.length; i++) {
          float[][] alone = Seen.of(batch[i], steerer.edits(steering)).rows();
          for (int column = 0; column < batch[i].length; column++) {
            float[] row = Arrays.copyOfRange(all, (i * 60 + column) * D, (i * 60 + column + 1) * D);
            assertThat(distance(row, alone[column])).isLessThan(1e-3);
          }
        }
        Tensor padding = together.activation(HOOK).select(0, 0).narrow(0, 20, 40);
        assertThat(TensorMemory.floats(padding))
            .isEqualTo(
                TensorMemory.floats(unedited.activation(HOOK).select(0, 0).narrow(0, 20, 40)));
      }
    }
  }

  @Test
  void whatDoesNotFitIsRefusedInOneLine() {
    try (Sae sae = sae(new Sparsity.TopK(5), RowNormalisation.NONE);
        Steerer steerer = new Steerer(model, TOKENIZER, sae)) {
      assertThatThrownBy(() -> steerer.edits(everywhere(clamp(LATENTS, 1))))
          .hasMessage("there is no latent 48: the dictionary has 48");
      assertThatThrownBy(() -> steerer.edits(everywhere(Steer.parse("3=5x"))))
          .hasMessageContaining("latent 3: its maximum is not known");
      Steering known =
          everywhere(Steer.parse("3=5x"), Steer.parse("4=2xmean:add"))
              .withScales(Map.of(3, new ActivationScale(8, 2), 4, new ActivationScale(0, 0)));
      assertThat(known.raw(known.steers().getFirst())).isEqualTo(40);
      assertThatThrownBy(() -> steerer.edits(known))
          .hasMessageContaining("latent 4: its mean is 0");
      assertThatThrownBy(
              () ->
                  steerer.edits(everywhere(clamp(1, 1)).naming("", "", "blocks.0.hook_resid_post")))
          .hasMessageContaining("the steering is of hook point blocks.0.hook_resid_post");
      assertThatThrownBy(() -> everywhere(clamp(1, 1), clamp(1, 2)))
          .hasMessageContaining("latent 1 is steered twice");
    }
  }

  @Test
  void nothingIsLeftBehind() throws Exception {
    try (Sae sae = sae(new Sparsity.TopK(5), RowNormalisation.NONE);
        Steerer steerer = new Steerer(model, TOKENIZER, sae)) {
      HookPlan plan = steerer.edits(everywhere(clamp(3, 2)));
      LeakMeter.assertFlat(300, 64L << 20, () -> Seen.of(TEXT, plan));
    }
  }
}
