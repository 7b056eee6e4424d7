package org.sememe.kernels;

import java.util.ArrayList;
import java.util.List;

/** The plain twin of {@link LatentPairs}. */
final class ScalarPairs {
  private ScalarPairs() {}

  /** One active latent of one row: its value before the block's scale, and its slope. */
  record Pair(int inputRow, int gradientRow, float value, float slope, float scale) {}

  /** Codes with what else a block says. */
  @SuppressWarnings("ArrayRecordComponent")
  record Block(Codes codes, float[] slopes, int inputRow, int gradientRow, float scale) {}

  /** Each latent's pairs, in the order of the blocks and of the rows in them. */
  static List<List<Pair>> of(int latents, List<Block> blocks) {
    List<List<Pair>> pairs = new ArrayList<>();
    for (int latent = 0; latent < latents; latent++) {
      List<Pair> mine = new ArrayList<>();
      for (Block block : blocks) {
        for (int place = 0; place < block.codes.indices().length; place++) {
          float value = block.codes.values()[place];
          boolean counts = value != 0 || block.slopes[place] != 0;
          if (block.codes.indices()[place] == latent && counts) {
            int row = place / block.codes.k();
            mine.add(
                new Pair(
                    block.inputRow + row,
                    block.gradientRow + row,
                    value,
                    block.slopes[place],
                    block.scale));
          }
        }
      }
      pairs.add(mine);
    }
    return pairs;
  }
}
