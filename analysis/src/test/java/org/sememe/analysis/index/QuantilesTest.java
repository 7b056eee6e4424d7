package org.sememe.analysis.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuantilesTest {
  @TempDir private Path folder;

  @Test
  void activationsLieEvenlyInTheirBin() {
    Quantiles quantiles = new Quantiles(Map.of(3, List.of(6, 0, 3, 1)));
    assertThat(quantiles.of(3, 0, 8)).hasValue(0);
    assertThat(quantiles.of(3, 1, 8)).hasValue(0.3);
    assertThat(quantiles.of(3, 3, 8)).hasValue(0.6);
    assertThat(quantiles.of(3, 6, 8)).hasValue(0.9);
    assertThat(quantiles.of(3, 100, 8)).hasValue(1);
    assertThat(quantiles.of(4, 1, 8)).isEmpty();
  }

  @Test
  void theyAgreeWithCountingUpToTheBinThatAnActivationIsIn() throws IOException {
    try (TinyIndex tiny = new TinyIndex(folder);
        FeatureIndex index = tiny.open()) {
      Quantiles quantiles = index.quantiles(Set.of(0, 1, 2, TinyIndex.DEAD));
      assertThat(quantiles.of(TinyIndex.DEAD, 1, 1)).isEmpty();
      for (int latent = 0; latent < 3; latent++) {
        FeatureDetail feature = index.feature(latent).orElseThrow();
        List<TinyIndex.Fired> fired = tiny.fired(latent);
        long fullest =
            feature.histogram().counts().stream().mapToLong(Long::longValue).max().orElseThrow();
        for (TinyIndex.Fired one : fired) {
          double counted =
              fired.stream().filter(f -> f.value() < one.value()).count() / (double) fired.size();
          assertThat(quantiles.of(latent, one.value(), feature.maxActivation()).orElseThrow())
              .isCloseTo(counted, within((double) fullest / fired.size()));
        }
      }
    }
  }
}
