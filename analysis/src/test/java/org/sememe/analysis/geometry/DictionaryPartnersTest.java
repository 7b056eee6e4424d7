package org.sememe.analysis.geometry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;

class DictionaryPartnersTest {
  private static final int WIDTH = 64;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  private static float[] random(int rows, long seed) {
    RandomStream random = RandomStream.of(seed);
    float[] values = new float[rows * WIDTH];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static DictionaryPartners compare(float[] here, float[] there) {
    try (PointerScope scope = new PointerScope()) {
      return DictionaryPartners.of(
          TensorMemory.floats(here, here.length / WIDTH, WIDTH),
          TensorMemory.floats(there, there.length / WIDTH, WIDTH),
          1);
    }
  }

  @Test
  void aShuffledAndScaledCopyIsFoundAgainAndTheRestIsAtChance() {
    float[] here = random(300, 1);
    float[] there = random(500, 2);
    int[] order = RandomStream.of(5).permutation(500);
    for (int i = 0; i < 100; i++) {
      for (int j = 0; j < WIDTH; j++) {
        there[order[i] * WIDTH + j] = 3 * here[i * WIDTH + j];
      }
    }
    DictionaryPartners found = compare(here, there);
    for (int i = 0; i < 100; i++) {
      assertThat(found.partners()[i]).isEqualTo(order[i]);
      assertThat(found.cosines()[i]).isCloseTo(1, within(1e-5f));
    }
    assertThat(DictionaryPartners.share(found.cosines())).isCloseTo(1 / 3.0, within(1e-9));
    assertThat(DictionaryPartners.share(found.back())).isCloseTo(0.2, within(1e-9));
    assertThat(DictionaryPartners.share(found.chance())).isZero();
    assertThat(mean(found.cosines(), 100, 300))
        .isCloseTo(mean(found.chance(), 0, 300), within(0.03));
  }

  private static double mean(float[] values, int from, int to) {
    double sum = 0;
    for (int i = from; i < to; i++) {
      sum += values[i];
    }
    return sum / (to - from);
  }

  @Test
  void dictionariesOfOtherActivationsAreRefused() {
    try (PointerScope scope = new PointerScope()) {
      assertThatThrownBy(
              () ->
                  DictionaryPartners.of(
                      TensorMemory.floats(random(4, 1), 4, WIDTH),
                      TensorMemory.floats(random(4, 1), 8, WIDTH / 2),
                      1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("64")
          .hasMessageContaining("32");
    }
  }
}
