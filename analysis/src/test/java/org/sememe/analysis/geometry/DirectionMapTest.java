package org.sememe.analysis.geometry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.sememe.analysis.geometry.DirectionMap.Options;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;

/** Groups of directions that were planted, and found on the map again. */
class DirectionMapTest {
  private static final int GROUPS = 12;
  private static final int EACH = 40;
  private static final int WIDTH = 48;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  /** Latent i is of group {@code i % GROUPS}: a centre of its own and noise around it. */
  private static float[] planted(double noise) {
    RandomStream random = RandomStream.of(3);
    double[][] centres = new double[GROUPS][WIDTH];
    for (double[] centre : centres) {
      for (int j = 0; j < WIDTH; j++) {
        centre[j] = random.nextGaussian();
      }
    }
    float[] rows = new float[GROUPS * EACH * WIDTH];
    for (int i = 0; i < GROUPS * EACH; i++) {
      for (int j = 0; j < WIDTH; j++) {
        rows[i * WIDTH + j] = (float) (centres[i % GROUPS][j] + noise * random.nextGaussian());
      }
    }
    return rows;
  }

  private static DirectionMap map(float[] rows, Options options) {
    try (PointerScope scope = new PointerScope()) {
      Tensor decoder = TensorMemory.floats(rows, rows.length / WIDTH, WIDTH);
      return DirectionMap.of(decoder, options, done -> assertThat(done).isBetween(0.0, 1.0));
    }
  }

  /** The share of points whose nearest point is of their group. */
  private static double pure(DirectionMap map) {
    int pure = 0;
    for (int i = 0; i < map.x().length; i++) {
      int nearest = -1;
      double least = Double.POSITIVE_INFINITY;
      for (int j = 0; j < map.x().length; j++) {
        double distance = Math.hypot(map.x()[i] - map.x()[j], map.y()[i] - map.y()[j]);
        if (j != i && distance < least) {
          least = distance;
          nearest = j;
        }
      }
      pure += map.latents()[nearest] % GROUPS == map.latents()[i] % GROUPS ? 1 : 0;
    }
    return (double) pure / map.x().length;
  }

  @Test
  void plantedGroupsStandTogether() {
    DirectionMap map = map(planted(0.5), Options.defaults());
    assertThat(map.latents()).hasSize(GROUPS * EACH);
    assertThat(pure(map)).isGreaterThan(0.98); // by chance one in twelve
    assertThat(map.kept().chance()).isCloseTo(10.0 / (GROUPS * EACH - 1), within(1e-12));
    // umap-learn 0.5.12 keeps 0.38 to 0.40 of such groups' neighbours in 200 epochs, and 1.3 to 1.5
    // times what the principal components alone do.
    assertThat(map.kept().share())
        .isGreaterThan(10 * map.kept().chance())
        .isGreaterThan(1.2 * map.kept().principal())
        .isGreaterThan(0.36);
    assertThat(map.kept().sample()).isEqualTo(GROUPS * EACH);
  }

  @Test
  void whatHasNoGroupsIsNotMadeToHaveThem() {
    float[] rows = planted(1000); // the centres drown
    DirectionMap map = map(rows, Options.defaults());
    assertThat(pure(map)).isBetween(0.02, 0.2);
  }

  @Test
  void theSeedDecidesTheMap() {
    Options few = new Options(1_000, 10, 20, 7);
    DirectionMap one = map(planted(0.5), few);
    DirectionMap same = map(planted(0.5), few);
    DirectionMap other = map(planted(0.5), new Options(1_000, 10, 20, 8));
    assertThat(one.x()).isEqualTo(same.x());
    assertThat(one.y()).isEqualTo(same.y());
    assertThat(one.x()).isNotEqualTo(other.x());
  }

  @Test
  void ofMoreDirectionsThanWantedSomeAreDrawn() {
    DirectionMap map = map(planted(0.5), new Options(100, 10, 50, 1));
    assertThat(map.latents()).hasSize(100).isSorted().doesNotHaveDuplicates();
    assertThat(map.x()).hasSize(100);
    assertThat(pure(map)).isGreaterThan(0.8);
  }

  @Test
  void deadAndEqualDirectionsHaveAPlaceToo() {
    float[] rows = planted(0.5);
    Arrays.fill(rows, 0, 30 * WIDTH, 0);
    for (int i = 30; i < 60; i++) {
      System.arraycopy(rows, 60 * WIDTH, rows, i * WIDTH, WIDTH);
    }
    DirectionMap map = map(rows, new Options(1_000, 15, 50, 1));
    for (int i = 0; i < map.x().length; i++) {
      assertThat(Float.isFinite(map.x()[i]) && Float.isFinite(map.y()[i])).isTrue();
    }
  }

  @Test
  void threeDirectionsAreNoMap() {
    assertThatThrownBy(() -> map(new float[3 * WIDTH], Options.defaults()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("4");
  }
}
