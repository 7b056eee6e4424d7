package org.sememe.analysis.planted;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.sememe.sae.ActiveLatents;
import org.sememe.tensors.RandomStream;

/**
 * The truth that rows are made from: unit directions {@code [features, d]}, even over the sphere,
 * and for each row the features it has, with values. A row is the sum of its features' directions,
 * each times its value, plus noise.
 *
 * <p>A row follows from the seed, the split and its number alone, so that any stretch of rows can
 * be made at once, in any order. Immutable, thread-safe.
 */
public final class PlantedDictionary {
  /** Rows of different splits have nothing in common. */
  public enum Split {
    TRAIN,
    HELD_OUT
  }

  private final PlantedSetting setting;
  private final float[] directions;
  private final Map<Split, RandomStream.State> splits;
  private final long words;

  private PlantedDictionary(
      PlantedSetting setting, float[] directions, Map<Split, RandomStream.State> splits) {
    this.setting = setting;
    this.directions = directions;
    this.splits = splits;
    // A row's words: who fires, a value for each feature, two for each coordinate's noise.
    this.words =
        setting.firing().words(setting.features()) + setting.features() + 2L * setting.width();
  }

  /** The dictionary of a setting and a seed. */
  public static PlantedDictionary of(PlantedSetting setting, long seed) {
    RandomStream random = RandomStream.of(seed).stream("planted");
    Map<Split, RandomStream.State> splits = new EnumMap<>(Split.class);
    for (Split split : Split.values()) {
      splits.put(split, random.stream(split.name().toLowerCase(Locale.ROOT)).state());
    }
    float[] directions = unitRows(random.stream("directions"), setting.features(), setting.width());
    return new PlantedDictionary(setting, directions, splits);
  }

  /** Rows of norm 1 {@code [n, d]}, even over the sphere. */
  static float[] unitRows(RandomStream random, int n, int d) {
    float[] rows = new float[n * d];
    double[] row = new double[d];
    for (int i = 0; i < n; i++) {
      double squares = 0;
      for (int j = 0; j < d; j++) {
        row[j] = random.nextGaussian();
        squares += row[j] * row[j];
      }
      for (int j = 0; j < d; j++) {
        rows[i * d + j] = (float) (row[j] / Math.sqrt(squares));
      }
    }
    return rows;
  }

  /** What is planted. */
  public PlantedSetting setting() {
    return setting;
  }

  /** A copy of the directions {@code [features, d]}, row-major. */
  public float[] directions() {
    return directions.clone();
  }

  /**
   * The features of a row, by number, with values above 0.
   *
   * @param row at least 0
   */
  public ActiveLatents codes(Split split, long row) {
    return codes(random(split, row), new boolean[setting.features()]);
  }

  private RandomStream random(Split split, long row) {
    RandomStream.State start = splits.get(split);
    return RandomStream.of(
        new RandomStream.State(start.key(), start.lane(), Math.multiplyExact(row, words)));
  }

  private ActiveLatents codes(RandomStream random, boolean[] fires) {
    setting.firing().draw(random, fires);
    int count = 0;
    for (boolean fired : fires) {
      count += fired ? 1 : 0;
    }
    int[] features = new int[count];
    float[] values = new float[count];
    int place = 0;
    for (int i = 0; i < fires.length; i++) {
      if (fires[i]) {
        features[place] = i;
        values[place] = (float) (1 + setting.spread() * (2 * random.nextDouble() - 1));
        place++;
      }
    }
    return new ActiveLatents(features, values);
  }

  /**
   * Fills memory with rows.
   *
   * @param first number of the first row, at least 0
   * @param target float32 {@code [n, d]}, the caller's; its size says how many rows
   */
  public void rows(Split split, long first, MemorySegment target) {
    int d = setting.width();
    long n = target.byteSize() / ((long) d * Float.BYTES);
    boolean[] fires = new boolean[setting.features()];
    float[] row = new float[d];
    for (long i = 0; i < n; i++) {
      RandomStream random = random(split, first + i);
      ActiveLatents codes = codes(random, fires);
      Arrays.fill(row, 0);
      for (int place = 0; place < codes.latents().length; place++) {
        float value = codes.activations()[place];
        int from = codes.latents()[place] * d;
        for (int j = 0; j < d; j++) {
          row[j] += value * directions[from + j];
        }
      }
      if (setting.noise() > 0) {
        for (int j = 0; j < d; j++) {
          row[j] += (float) (setting.noise() * random.nextGaussian());
        }
      }
      MemorySegment.copy(row, 0, target, ValueLayout.JAVA_FLOAT, i * d * Float.BYTES, d);
    }
  }
}
