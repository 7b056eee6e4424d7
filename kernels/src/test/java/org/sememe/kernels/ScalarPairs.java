package org.sememe.kernels;

import java.util.ArrayList;
import java.util.List;

/** The plain twin of {@link LatentPairs}. */
final class ScalarPairs {
  private ScalarPairs() {}

  /** One active latent of one row. */
  record Pair(int row, float value) {}

  /** Each latent's pairs, rows ascending. */
  static List<List<Pair>> of(int[] indices, float[] codes, int k, int latents) {
    List<List<Pair>> pairs = new ArrayList<>();
    for (int latent = 0; latent < latents; latent++) {
      List<Pair> mine = new ArrayList<>();
      for (int place = 0; place < indices.length; place++) {
        if (indices[place] == latent && codes[place] > 0) {
          mine.add(new Pair(place / k, codes[place]));
        }
      }
      pairs.add(mine);
    }
    return pairs;
  }
}
