package org.sememe.sae.dictionary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.sememe.sae.fold.RowNormalisation;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;
import org.sememe.tensors.testing.LeakMeter;

/** Coders put together by hand, against arithmetic by hand. */
class SparseCoderTest {
  private static final long SEED = 5;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  private static DictionaryFacts facts(long latents, List<Long> in, List<Long> out) {
    return new DictionaryFacts(
        "test",
        "test",
        Kind.TRANSCODER,
        "",
        new Sites(List.of(), in),
        new Sites(List.of(), out),
        latents,
        "any",
        OptionalDouble.empty(),
        "none",
        true,
        List.of(),
        List.of());
  }

  /** Two latents of two inputs: the first is x0 - 1, the second x1; outputs are 1, 2 and 3 d. */
  private static CoderParts parts(Selection selection) {
    return new CoderParts(
        new Encoding.Joint(
            TensorMemory.floats(new float[] {1, 0, 0, 1}, 2, 2),
            TensorMemory.floats(new float[] {-1, 0}, 2),
            Optional.empty()),
        selection,
        new Decoding.Joint(
            TensorMemory.floats(new float[] {1, 2, 3, 0, 0, 1}, 2, 3),
            TensorMemory.floats(new float[] {0, 0, 10}, 3)));
  }

  private static float[][] run(CoderParts parts, float... x) {
    try (Dictionary coder = new SparseCoder(facts(2, List.of(2L), List.of(3L)), parts)) {
      Tensor input = TensorMemory.floats(x, x.length / 2, 2);
      Tensor latents = coder.encode(input);
      return new float[][] {
        TensorMemory.floats(latents), TensorMemory.floats(coder.decode(latents, input))
      };
    }
  }

  @Test
  void reluThenDecoder() {
    try (PointerScope scope = new PointerScope()) {
      float[][] found = run(parts(new Selection.Relu()), 3, -5, 0, 4);
      assertThat(found[0]).containsExactly(2, 0, 0, 4);
      assertThat(found[1]).containsExactly(2, 4, 16, 0, 0, 14);
    }
  }

  @Test
  void importanceWeighsTheChoiceAndNotTheValue() {
    try (PointerScope scope = new PointerScope()) {
      CoderParts plain = parts(new Selection.TopK(1, false));
      assertThat(run(plain, 4, 2)[0]).containsExactly(3, 0);
      CoderParts weighted = plain.weighted(TensorMemory.floats(new float[] {1, 5}, 2));
      assertThat(run(weighted, 4, 2)[0]).containsExactly(0, 2);
    }
  }

  @Test
  void selectionsKeepSignsWhereTheySaySo() {
    try (PointerScope scope = new PointerScope()) {
      assertThat(run(parts(new Selection.TopK(2, true)), 0, -2)[0]).containsExactly(-1, -2);
      assertThat(run(parts(new Selection.TopK(2, false)), 0, -2)[0]).containsExactly(0, 0);
      assertThat(run(parts(new Selection.AbsTopK(1)), 0, -2)[0]).containsExactly(0, -2);
      assertThat(run(parts(new Selection.GroupMax(2, true)), 0, -2)[0]).containsExactly(-1, -2);
      assertThat(run(parts(new Selection.All()), 0, -2)[0]).containsExactly(-1, -2);
    }
  }

  @Test
  void batchTopKChoosesOverAllRows() {
    try (PointerScope scope = new PointerScope()) {
      // One and a half a row, of two rows: the three largest of all.
      float[][] found = run(parts(new Selection.BatchTopK(1.5, false)), 9, 8, 3, 1);
      assertThat(found[0]).containsExactly(8, 8, 2, 0);
      assertThat(new Selection.BatchTopK(1.5, false).rowsAlone()).isFalse();
    }
  }

  @Test
  void theSkipSeesTheRowAsItCame() {
    try (PointerScope scope = new PointerScope()) {
      Tensor skip = TensorMemory.floats(new float[] {1, 0, 0, 0, 1, 0}, 2, 3);
      CoderParts parts =
          parts(new Selection.Relu())
              .normalised(RowNormalisation.CONSTANT_NORM, false)
              .skipping(Optional.of(skip));
      // (6, 8) is scaled to norm sqrt(2) for the encoder; the skip adds 6 and 8 as they are.
      float scale = (float) (Math.sqrt(2) / 10);
      float[] found = run(parts, 6, 8)[1];
      assertThat(found[0]).isCloseTo(6, within(1e-5f));
      assertThat(found[2]).isCloseTo(10 + 8 * scale, within(1e-5f));
    }
  }

  @Test
  void rowsOfAnotherWidthAreRefused() {
    try (PointerScope scope = new PointerScope()) {
      assertThatThrownBy(() -> run(parts(new Selection.Relu()), 1, 2, 3, 4, 5, 6, 7))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(
              () ->
                  new SparseCoder(facts(2, List.of(3L), List.of(3L)), parts(new Selection.Relu())))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("2 inputs");
    }
  }

  @Test
  void nothingIsLeftBehind() throws Exception {
    RandomStream random = RandomStream.of(SEED);
    LeakMeter.assertFlat(
        300,
        64L << 20,
        () -> {
          try (PointerScope scope = new PointerScope()) {
            run(
                parts(new Selection.Above(TensorMemory.floats(new float[] {0.5f, 0.1f}, 2)))
                    .weighted(TensorMemory.floats(new float[] {1, 2}, 2)),
                (float) random.nextGaussian(),
                1);
          }
        });
  }
}
