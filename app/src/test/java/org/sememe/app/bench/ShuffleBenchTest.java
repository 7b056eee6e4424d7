package org.sememe.app.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sememe.activations.ActivationStore;
import org.sememe.models.LanguageModel;
import org.sememe.models.Models;
import org.sememe.models.testing.TinyModel;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.Torch;
import org.sememe.training.BatchSource;
import org.sememe.training.Shuffle;
import org.sememe.training.TrainOptions;

/** Rows whose likeness is known, and a store whose full shuffle must be at chance. */
class ShuffleBenchTest {
  private static final int WIDTH = 64;
  private static final long SEED = 11;

  @TempDir private static Path folder;

  @BeforeAll
  static void start() {
    Torch.start(2);
  }

  /** x' = r x + sqrt(1 - r^2) noise around a mean: neighbours' cosines are about r. */
  private static final class Walk implements BatchSource {
    private final double[] mean;
    private final double correlation;
    private final RandomStream random = RandomStream.of(SEED);
    private final double[] x = new double[WIDTH];

    Walk(double[] mean, double correlation) {
      this.mean = mean;
      this.correlation = correlation;
      for (int i = 0; i < WIDTH; i++) {
        x[i] = random.nextGaussian();
      }
    }

    @Override
    public int width() {
      return WIDTH;
    }

    @Override
    public boolean next(MemorySegment rows) {
      double noise = Math.sqrt(1 - correlation * correlation);
      for (long at = 0; at < rows.byteSize() / Float.BYTES; at++) {
        int i = (int) (at % WIDTH);
        x[i] = correlation * x[i] + noise * random.nextGaussian();
        rows.setAtIndex(ValueLayout.JAVA_FLOAT, at, (float) (x[i] + mean[i]));
      }
      return true;
    }

    @Override
    public long position() {
      return 0;
    }

    @Override
    public void seek(long position) {}

    @Override
    public void close() {}
  }

  private static Likeness walk(double correlation) {
    double[] mean = RandomStream.of(SEED).doubles(WIDTH).map(value -> 20 * value).toArray();
    return Likeness.of(new Walk(mean, correlation), mean, 200, 40);
  }

  @Test
  void neighboursOfAWalkAreAsAlikeAsTheWalkSays() {
    Likeness alike = walk(0.8);
    assertThat(alike.neighbours().mean()).isCloseTo(0.8, within(0.02));
    assertThat(alike.neighbours().low()).isGreaterThan(0.75);
    // The mean over i != j of r^|i-j|: 2 r / (1 - r) / n, less what its end takes.
    assertThat(alike.all().mean()).isCloseTo(2 * 0.8 / 0.2 / 200, within(0.01));
    assertThat(alike.pairs()).isEqualTo(199 * 40);
  }

  @Test
  void rowsThatKnowNothingOfEachOtherAreAtChance() {
    Likeness none = walk(0);
    assertThat(none.neighbours().mean()).isCloseTo(0, within(0.004));
    assertThat(none.all().mean()).isCloseTo(0, within(1e-3));
  }

  @Test
  void aStoresFullShuffleIsAtChanceAndItsOwnOrderIsNot() throws IOException {
    try (LanguageModel model = Models.open(TinyModel.write(folder.resolve("tiny"), 4));
        ActivationStore store =
            ActivationStore.open(TinyStore.harvest(model, folder.resolve("store")))) {
      List<Shuffle> all = List.of(Shuffle.FULL, new Shuffle.Buffer(60), new Shuffle.None());
      TrainOptions options = TrainOptions.of(48, 4, 2_000).with("batch", "50");
      Map<String, Object> fields =
          new ShuffleBench(all, options, 60, 1, 500).run(store, TinyStore.HOOK, done -> {});
      Map<?, ?> found = (Map<?, ?>) fields.get("shuffles");
      assertThat(found.keySet().stream().map(Object::toString))
          .containsExactly("chance", "full", "buffer:60", "none");
      double chance = figure(found, "chance", "batch_cosine");
      double width = upper(found, "chance") - chance;
      assertThat(figure(found, "full", "batch_cosine")).isCloseTo(chance, within(3 * width));
      for (String worse : List.of("buffer:60", "none")) {
        assertThat(figure(found, worse, "batch_cosine")).isGreaterThan(chance + 5 * width);
        assertThat(figure(found, worse, "fvu_penalty_mean"))
            .isCloseTo(
                figure(found, worse, "fvu_mean") - figure(found, "full", "fvu_mean"),
                within(1e-12));
      }
      assertThat(figure(found, "full", "fvu_penalty_mean")).isZero();
    }
  }

  private static double figure(Map<?, ?> found, String shuffle, String name) {
    return (Double) ((Map<?, ?>) found.get(shuffle)).get(name);
  }

  private static double upper(Map<?, ?> found, String shuffle) {
    return (Double) ((List<?>) ((Map<?, ?>) found.get(shuffle)).get("batch_interval")).getLast();
  }
}
