package org.sememe.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Which bin a density falls in. */
class DensityHistogramTest {
  @Test
  void aBinIsAQuarterOfAFactorOfTen() {
    // Densities 1, 1/10 (a bin's lower edge), 1/100, three in a million, none, and one too rare.
    long[] firings = {100_000_000, 10_000_000, 1_000_000, 300, 0, 1};
    DensityHistogram histogram = DensityHistogram.of(firings, 100_000_000);
    int[] expected = new int[24];
    expected[23] = 1; // 10^-0.25 to 1, which belongs to it
    expected[20] = 1;
    expected[16] = 1;
    expected[1] = 1; // 10^-5.75 to 10^-5.5: 1.8e-6 to 3.2e-6
    expected[0] = 1;
    assertThat(histogram.counts()).containsExactly(expected);
    assertThat(histogram.silent()).isEqualTo(1);
    assertThat(histogram.rows()).isEqualTo(100_000_000);
  }

  @Test
  void everyLatentIsInOneBinOrSilent() {
    long[] firings = new long[1000];
    Arrays.setAll(firings, latent -> latent);
    DensityHistogram histogram = DensityHistogram.of(firings, 999);
    assertThat(Arrays.stream(histogram.counts()).sum() + histogram.silent()).isEqualTo(1000);
    assertThat(histogram.counts()[23]).isEqualTo(438); // from 999 * 10^-0.25 = 561.8 up
  }
}
