package org.sememe.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernels of a decoder's block against plain loops in double precision, at odd sizes too. */
class DenseRowsTest {
  private static final int LANES = FloatVector.SPECIES_PREFERRED.length();

  private final Arena arena = Arena.ofConfined();
  private final long seed = System.nanoTime();
  private final SplittableRandom random = new SplittableRandom(seed);

  @AfterEach
  void close() {
    arena.close();
  }

  private MemorySegment stored(float[] values) {
    return arena.allocateFrom(ValueLayout.JAVA_FLOAT, values);
  }

  private float[] random(int count, double scale) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (random.nextGaussian() * scale);
    }
    return values;
  }

  @Test
  void theExponentialIsRightToAnUlpOrTwo() {
    float[] x = new float[LANES];
    for (int round = 0; round < 20_000; round++) {
      for (int i = 0; i < LANES; i++) {
        x[i] = (float) random.nextDouble(-87, 87);
      }
      float[] got =
          Exponential.of(FloatVector.fromArray(FloatVector.SPECIES_PREFERRED, x, 0)).toArray();
      for (int i = 0; i < LANES; i++) {
        float expected = (float) Math.exp(x[i]);
        assertThat(got[i]).as("e^%s", x[i]).isCloseTo(expected, within(2 * Math.ulp(expected)));
      }
    }
  }

  @Test
  void theExponentialOfTheExtremesIsHarmless() {
    float[] x = new float[LANES];
    x[0] = Float.NEGATIVE_INFINITY;
    x[1] = Float.POSITIVE_INFINITY;
    x[2] = Float.NaN;
    float[] got =
        Exponential.of(FloatVector.fromArray(FloatVector.SPECIES_PREFERRED, x, 0)).toArray();
    assertThat(got[0]).isBetween(0f, 1.3e-38f);
    assertThat(got[1]).isBetween(1e38f, Float.MAX_VALUE);
    assertThat(got[2]).isNaN();
    assertThat(got[3]).isEqualTo(1f);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 16, 24, 33, 64, 100})
  void gatedUnits(int width) {
    int n = 5;
    float[] rows = random(n * 2 * width, 5);
    MemorySegment memory = stored(rows);
    GatedUnits.silu(memory, width, 1, n);
    for (int row = 0; row < n; row++) {
      for (int i = 0; i < width; i++) {
        int at = row * 2 * width + i;
        double gate = rows[at];
        double expected = row == 0 ? gate : gate / (1 + Math.exp(-gate)) * rows[at + width];
        assertThat(memory.getAtIndex(ValueLayout.JAVA_FLOAT, at))
            .as("seed %d, row %d, unit %d", seed, row, i)
            .isCloseTo((float) expected, within((float) (1e-6 * Math.abs(expected) + 1e-30)));
        assertThat(memory.getAtIndex(ValueLayout.JAVA_FLOAT, at + width))
            .isEqualTo(rows[at + width]);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 16, 24, 33, 64, 100, 576})
  void rootMeanSquareNorm(int width) {
    int n = 4;
    double epsilon = 1e-5;
    float[] x = random(n * width, 30);
    float[] weight = random(width, 1);
    MemorySegment out = stored(new float[n * width]);
    RootMeanSquareNorm.apply(stored(x), stored(weight), out, width, epsilon, 1, n);
    for (int row = 0; row < n; row++) {
      double squares = 0;
      for (int i = 0; i < width; i++) {
        squares += (double) x[row * width + i] * x[row * width + i];
      }
      double scale = row == 0 ? 0 : 1 / Math.sqrt(squares / width + epsilon);
      for (int i = 0; i < width; i++) {
        double expected = x[row * width + i] * scale * weight[i];
        assertThat(out.getAtIndex(ValueLayout.JAVA_FLOAT, row * width + i))
            .as("seed %d, row %d, column %d", seed, row, i)
            .isCloseTo((float) expected, within((float) (2e-6 * Math.abs(expected))));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4, 6, 8, 10, 12, 14, 16, 18, 24, 30, 32, 34, 48, 62, 64, 66, 128})
  void rotaryTurns(int width) {
    int period = 3;
    int n = 2 * period + 1;
    int turned = 3;
    int all = 5;
    float[] x = random(n * all * width, 3);
    float[] turns = new float[period * width];
    for (int i = 0; i < turns.length; i += 2) {
      double angle = random.nextDouble(-4, 4);
      turns[i] = (float) Math.cos(angle);
      turns[i + 1] = (float) Math.sin(angle);
    }
    MemorySegment rows = stored(x);
    new RotaryTurns(all, turned, width, period).apply(rows, stored(turns), 1, n);
    for (int at = 0; at < x.length; at += 2) {
      int row = at / (all * width);
      boolean kept = row == 0 || at / width % all >= turned;
      int turn = row % period * width + at % width;
      double c = kept ? 1 : turns[turn];
      double s = kept ? 0 : turns[turn + 1];
      double tolerance = kept ? 0 : 2e-7 * (Math.abs(x[at]) + Math.abs(x[at + 1]));
      assertThat((double) rows.getAtIndex(ValueLayout.JAVA_FLOAT, at))
          .as("seed %d, value %d", seed, at)
          .isCloseTo(x[at] * c - x[at + 1] * s, within(tolerance));
      assertThat((double) rows.getAtIndex(ValueLayout.JAVA_FLOAT, at + 1))
          .as("seed %d, value %d", seed, at + 1)
          .isCloseTo(x[at] * s + x[at + 1] * c, within(tolerance));
    }
  }

  @Test
  void turnsThatDoNotFitAreRefused() {
    assertThatThrownBy(() -> new RotaryTurns(2, 3, 4, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3 of 2 heads");
    assertThatThrownBy(() -> new RotaryTurns(2, 2, 3, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("width 3");
  }

  @ParameterizedTest
  @CsvSource({"1,1,1,1", "3,2,2,1", "5,4,2,2", "31,3,1,1", "64,6,3,2", "131,9,3,1"})
  void causalAttention(int length, int heads, int kvHeads, int vectorPairs) {
    int width = 2 * LANES * vectorPairs;
    int sequences = 2;
    int all = heads + 2 * kvHeads;
    float[] qkv = random(sequences * length * all * width, 1.5);
    MemorySegment out = stored(new float[sequences * length * heads * width]);
    CausalAttention attention = new CausalAttention(length, heads, kvHeads, width);
    MemorySegment in = stored(qkv);
    int units = attention.units(sequences);
    attention.attend(in, out, 0, units / 2);
    attention.attend(in, out, units / 2, units);
    double worst = 0;
    for (int sequence = 0; sequence < sequences; sequence++) {
      for (int head = 0; head < heads; head++) {
        for (int query = 0; query < length; query++) {
          double[] expected = scalar(qkv, attention, sequence, head, query);
          for (int i = 0; i < width; i++) {
            long at = (((long) sequence * length + query) * heads + head) * width + i;
            double got = out.getAtIndex(ValueLayout.JAVA_FLOAT, at);
            worst = Math.max(worst, Math.abs(got - expected[i]));
          }
        }
      }
    }
    assertThat(worst).as("seed %d", seed).isLessThan(1e-5);
  }

  private static double[] scalar(
      float[] qkv, CausalAttention shape, int sequence, int head, int query) {
    int width = shape.width();
    int all = shape.heads() + 2 * shape.kvHeads();
    int kvHead = head / (shape.heads() / shape.kvHeads());
    int q = ((sequence * shape.length() + query) * all + head) * width;
    double[] weights = new double[query + 1];
    double sum = 0;
    for (int key = 0; key <= query; key++) {
      int k = ((sequence * shape.length() + key) * all + shape.heads() + kvHead) * width;
      double dot = 0;
      for (int i = 0; i < width; i++) {
        dot += (double) qkv[q + i] * qkv[k + i];
      }
      weights[key] = Math.exp(dot / Math.sqrt(width));
      sum += weights[key];
    }
    double[] mixed = new double[width];
    for (int key = 0; key <= query; key++) {
      int v =
          ((sequence * shape.length() + key) * all + shape.heads() + shape.kvHeads() + kvHead)
              * width;
      for (int i = 0; i < width; i++) {
        mixed[i] += weights[key] / sum * qkv[v + i];
      }
    }
    return mixed;
  }

  @Test
  void aNaNReachesNoEarlierRows() {
    int width = 2 * LANES;
    int length = 12;
    int bad = 8; // the first of its four queries
    float[] qkv = random(length * 3 * width, 1);
    for (int i = 0; i < width; i++) {
      qkv[(bad * 3 + 2) * width + i] = Float.NaN;
    }
    MemorySegment out = stored(new float[length * width]);
    new CausalAttention(length, 1, 1, width).attend(stored(qkv), out, 0, 1);
    for (int row = 0; row < length; row++) {
      float value = out.getAtIndex(ValueLayout.JAVA_FLOAT, (long) row * width);
      assertThat(Float.isNaN(value)).as("row %d", row).isEqualTo(row >= bad);
    }
  }

  @Test
  void shapesThatDoNotFitAreRefused() {
    assertThat(CausalAttention.fits(2 * LANES)).isTrue();
    assertThat(CausalAttention.fits(LANES)).isFalse();
    assertThatThrownBy(() -> new CausalAttention(4, 3, 2, 2 * LANES))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3 heads");
    assertThatThrownBy(() -> new CausalAttention(4, 2, 2, LANES))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
