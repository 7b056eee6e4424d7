package org.sememe.analysis.planted;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import org.sememe.sae.Encoder;
import org.sememe.sae.Sae;
import org.sememe.sae.SparseCodes;
import org.sememe.tensors.RandomStream;

/**
 * How much of what was planted a dictionary has found. The order of the latents and the norms of
 * the decoder's rows play no part.
 *
 * @param directions of the decoder
 * @param activations on held-out rows
 * @param parents where the setting has any
 */
public record Recovery(
    DirectionScores directions, ActivationScores activations, Optional<ParentScores> parents) {
  private static final int BATCH = 512;
  private static final long CHANCE_SEED = 0x5eed;

  /**
   * Measures a dictionary on the first held-out rows.
   *
   * @param sae of the planted width; stays the caller's
   * @param rows at least 1
   * @throws IllegalArgumentException if the widths differ
   */
  public static Recovery measure(PlantedDictionary planted, Sae sae, long rows) {
    PlantedSetting setting = planted.setting();
    if (sae.config().width() != setting.width() || rows < 1) {
      throw new IllegalArgumentException(
          "a dictionary of width %d on %d rows of width %d"
              .formatted(sae.config().width(), rows, setting.width()));
    }
    int latents = sae.config().latents();
    RandomStream random = RandomStream.of(CHANCE_SEED);
    double[][] cosines = DirectionScores.cosines(planted, sae.decoder());
    double[][] chance = DirectionScores.chance(planted, latents, random.stream("directions"));
    CoFirings counts = count(planted, sae, rows);
    Matching matching = Matching.best(cosines);
    return new Recovery(
        DirectionScores.of(cosines, chance),
        ActivationScores.of(counts, matching, random.stream("matchings")),
        counts.hasParents()
            ? Optional.of(ParentScores.of(counts, matching, cosines, chance))
            : Optional.empty());
  }

  private static CoFirings count(PlantedDictionary planted, Sae sae, long rows) {
    int d = planted.setting().width();
    CoFirings counts = new CoFirings(planted.setting(), sae.config().latents());
    try (Encoder encoder = new Encoder(sae, BATCH);
        Arena arena = Arena.ofShared()) {
      MemorySegment batch = arena.allocate(ValueLayout.JAVA_FLOAT, (long) BATCH * d);
      for (long first = 0; first < rows; first += BATCH) {
        int n = (int) Math.min(BATCH, rows - first);
        MemorySegment x = batch.asSlice(0, (long) n * d * Float.BYTES);
        planted.rows(PlantedDictionary.Split.HELD_OUT, first, x);
        SparseCodes codes = encoder.encode(x, n);
        for (int row = 0; row < n; row++) {
          counts.add(
              planted.codes(PlantedDictionary.Split.HELD_OUT, first + row).latents(), codes, row);
        }
      }
    }
    return counts;
  }
}
