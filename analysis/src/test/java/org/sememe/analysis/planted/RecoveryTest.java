package org.sememe.analysis.planted;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.sememe.sae.Sae;
import org.sememe.sae.SaeConfig;
import org.sememe.sae.Sparsity;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;
import org.sememe.tensors.Torch;

/** Dictionaries made by hand, whose scores are known. */
class RecoveryTest {
  private static final long SEED = 3;
  private static final int ROWS = 4_000;

  /** Two directions of a wide space are as good as orthogonal: what is planted can be read off. */
  private static final int WIDE = 4096;

  private static final int FEATURES = 12;
  private static final float BIAS = -0.3f;

  @BeforeAll
  static void start() {
    Torch.start(2);
    System.out.println("seed " + SEED);
  }

  private static PlantedDictionary flat() {
    return PlantedDictionary.of(
        new PlantedSetting(WIDE, FEATURES, new FiringRule.Independent(2, 0), 0.5, 0), SEED);
  }

  /** Two parents of three children each, four others. */
  private static PlantedDictionary trees() {
    return PlantedDictionary.of(
        new PlantedSetting(WIDE, FEATURES, new FiringRule.Hierarchy(2, 3, 0.4, 0.6, 0.1), 0.2, 0),
        SEED);
  }

  private static Sae sae(float[] encoder, float[] decoder, float[] bias, int width) {
    int latents = bias.length;
    return new Sae(
        new SaeConfig(width, latents, new Sparsity.Relu(), false, "", "", 1, Map.of()),
        TensorMemory.floats(encoder, latents, width),
        TensorMemory.floats(bias, latents),
        TensorMemory.floats(decoder, latents, width),
        TensorMemory.floats(new float[width], width),
        Optional.empty());
  }

  private static float[] biases(int latents) {
    float[] bias = new float[latents];
    java.util.Arrays.fill(bias, BIAS);
    return bias;
  }

  private static Recovery measure(PlantedDictionary planted, float[] encoder, float[] decoder) {
    try (Sae sae = sae(encoder, decoder, biases(decoder.length / WIDE), WIDE)) {
      return Recovery.measure(planted, sae, ROWS);
    }
  }

  @Test
  void thePlantedDictionaryItselfIsPerfect() {
    PlantedDictionary planted = trees();
    Recovery recovery = measure(planted, planted.directions(), planted.directions());
    assertThat(recovery.directions().mmcs()).isCloseTo(1, within(1e-5));
    assertThat(recovery.directions().reverse()).isCloseTo(1, within(1e-5));
    assertThat(recovery.directions().recovered()).isEqualTo(1);
    assertThat(recovery.activations().f1()).isEqualTo(1);
    assertThat(recovery.activations().precision()).isEqualTo(1);
    assertThat(recovery.activations().recall()).isEqualTo(1);
    assertThat(recovery.activations().l0()).isCloseTo(planted.setting().l0(), within(0.1));
    assertThat(recovery.activations().rows()).isEqualTo(ROWS);
    ParentScores parents = recovery.parents().orElseThrow();
    assertThat(parents.parents()).isEqualTo(2);
    assertThat(parents.recovered()).isEqualTo(1);
    assertThat(parents.absorption()).isZero();
    assertThat(parents.missedAlone()).isZero();
    assertThat(parents.f1()).isEqualTo(1);
    double rowsWithChild = 2 * 0.4 * 0.6 * ROWS;
    assertThat((double) parents.rows())
        .isCloseTo(rowsWithChild, within(5 * Math.sqrt(rowsWithChild)));
  }

  @Test
  void orderAndNormsPlayNoPart() {
    PlantedDictionary planted = trees();
    float[] directions = planted.directions();
    int[] order = RandomStream.of(SEED).permutation(FEATURES);
    float[] encoder = new float[directions.length];
    float[] decoder = new float[directions.length];
    for (int i = 0; i < FEATURES; i++) {
      for (int j = 0; j < WIDE; j++) {
        encoder[order[i] * WIDE + j] = directions[i * WIDE + j];
        decoder[order[i] * WIDE + j] = directions[i * WIDE + j] * (0.1f + 3 * i);
      }
    }
    Recovery moved = measure(planted, encoder, decoder);
    assertThat(moved.directions().mmcs()).isCloseTo(1, within(1e-5));
    assertThat(moved.activations().f1()).isEqualTo(1);
    assertThat(moved.parents().orElseThrow().absorption()).isZero();
  }

  @Test
  void aDirectionThatPointsTheOtherWayIsNotFound() {
    PlantedDictionary planted = flat();
    float[] turned = planted.directions();
    for (int j = 0; j < WIDE; j++) {
      turned[j] = -turned[j];
    }
    Recovery recovery = measure(planted, planted.directions(), turned);
    assertThat(recovery.directions().recovered())
        .isEqualTo((FEATURES - 1.0) / FEATURES, within(1e-9));
    assertThat(recovery.parents()).isEmpty();
  }

  @Test
  void randomDirectionsScoreAsChanceDoes() {
    int width = 32;
    int features = 200;
    PlantedDictionary planted =
        PlantedDictionary.of(
            new PlantedSetting(width, features, new FiringRule.Independent(4, 0), 0.5, 0), SEED);
    float[] random =
        PlantedDictionary.unitRows(RandomStream.of(SEED).stream("test"), features, width);
    try (Sae sae = sae(random, random.clone(), biases(features), width)) {
      Recovery recovery = Recovery.measure(planted, sae, ROWS);
      DirectionScores directions = recovery.directions();
      assertThat(directions.mmcs()).isCloseTo(directions.mmcsChance(), within(0.02));
      assertThat(directions.reverse()).isCloseTo(directions.reverseChance(), within(0.02));
      assertThat(directions.recovered()).isZero();
      // The largest of n cosines in d dimensions, of which each has deviation 1 / sqrt(d).
      assertThat(directions.mmcsChance())
          .isBetween(1.5 / Math.sqrt(width), Math.sqrt(2 * Math.log(features) / width));
      // The matching picks the likeliest latent, so its F1 is above that of any latent.
      assertThat(recovery.activations().f1()).isLessThan(0.25);
      assertThat(recovery.activations().f1Chance()).isLessThan(recovery.activations().f1());
    }
  }

  @Test
  void chanceOfF1IsThatOfIndependentFirings() {
    PlantedDictionary planted = flat();
    double density = 2.0 / FEATURES;
    Recovery recovery = measure(planted, planted.directions(), planted.directions());
    // A random matching hits a feature's own latent once in FEATURES times.
    double expected = (1 + (FEATURES - 1) * density) / FEATURES;
    assertThat(recovery.activations().f1Chance()).isCloseTo(expected, within(0.08));
  }

  @Test
  void aDictionaryThatFoldsParentsIntoTheirChildrenIsFoundOut() {
    PlantedDictionary planted = trees();
    float[] directions = planted.directions();
    float[] encoder = directions.clone();
    float[] decoder = directions.clone();
    FiringRule rule = planted.setting().firing();
    for (int i = 0; i < FEATURES; i++) {
      if (rule.parent(i).isPresent()) {
        int parent = rule.parent(i).getAsInt();
        for (int j = 0; j < WIDE; j++) {
          // The child's latent writes both; the parent's is shut wherever the child is there.
          decoder[i * WIDE + j] += directions[parent * WIDE + j];
          encoder[parent * WIDE + j] -= 2 * directions[i * WIDE + j];
        }
      }
    }
    Recovery recovery = measure(planted, encoder, decoder);
    ParentScores parents = recovery.parents().orElseThrow();
    assertThat(parents.absorption()).isEqualTo(1);
    assertThat(parents.missedAlone()).isZero();
    assertThat(parents.cosine()).as("the direction is there").isCloseTo(1, within(1e-5));
    assertThat(parents.recovered()).as("but not where it should be").isZero();
    assertThat(parents.f1()).isCloseTo(2 * 0.4 / 1.4, within(0.05));
    assertThat(recovery.directions().recovered()).isEqualTo(0.5, within(1e-9));
    assertThat(recovery.directions().mmcs()).isCloseTo((6 + 6 * Math.sqrt(0.5)) / 12, within(0.02));
    assertThat(parents.absorptionChance()).isBetween(0.5, 1.0);
  }

  @Test
  void featuresWithoutALatentScoreNothing() {
    PlantedDictionary planted = flat();
    float[] half = java.util.Arrays.copyOf(planted.directions(), FEATURES / 2 * WIDE);
    Recovery recovery = measure(planted, half, half.clone());
    assertThat(recovery.activations().recall()).isEqualTo(0.5, within(1e-9));
    assertThat(recovery.activations().f1()).isEqualTo(0.5, within(1e-9));
    assertThat(recovery.directions().recovered()).isEqualTo(0.5, within(1e-9));
    assertThat(recovery.directions().reverse()).isCloseTo(1, within(1e-5));
  }

  @Test
  void latentsThatNeverFireAreCounted() {
    PlantedDictionary planted = flat();
    float[] silent = planted.directions();
    for (int j = 0; j < WIDE; j++) {
      silent[j] = 0;
    }
    Recovery recovery = measure(planted, silent, planted.directions());
    assertThat(recovery.activations().deadShare()).isEqualTo(1.0 / FEATURES, within(1e-9));
    assertThat(recovery.activations().f1()).isEqualTo((FEATURES - 1.0) / FEATURES, within(1e-9));
  }

  @Test
  void anotherWidthIsRefused() {
    PlantedDictionary planted = flat();
    try (Sae sae = sae(new float[6], new float[6], new float[2], 3)) {
      assertThatThrownBy(() -> Recovery.measure(planted, sae, 10))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("width 3");
    }
  }
}
