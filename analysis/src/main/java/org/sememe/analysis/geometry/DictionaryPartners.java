package org.sememe.analysis.geometry;

import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.sememe.analysis.index.DecoderRelations;
import org.sememe.analysis.index.DecoderRelations.Ranked;
import org.sememe.tensors.RandomStream;
import org.sememe.tensors.TensorMemory;

/**
 * Each latent's nearest of another dictionary on the same activations, by cosine of decoder rows.
 *
 * @param partners by latent, its nearest latent of the other
 * @param cosines by latent, the cosine with it
 * @param back by latent of the other, the cosine with its nearest here
 * @param chance cosines with the nearest of as many random directions, of the first latents
 */
@SuppressWarnings("ArrayRecordComponent") // as many as there are latents
public record DictionaryPartners(int[] partners, float[] cosines, float[] back, float[] chance) {
  /** From here on two latents are called partners. */
  public static final double PARTNER = 0.7;

  private static final int CHANCE_LATENTS = 1_000;

  /**
   * Compares two dictionaries. Time grows with the product of their sizes, memory with their sum.
   *
   * @param decoder {@code [latents, d]}
   * @param other {@code [n, d]}
   * @param seed of the random directions
   * @throws IllegalArgumentException if they are of different widths
   */
  public static DictionaryPartners of(Tensor decoder, Tensor other, long seed) {
    if (decoder.size(1) != other.size(1)) {
      throw new IllegalArgumentException(
          "one dictionary's directions are %d wide and the other's %d: they are not of the same activations"
              .formatted(decoder.size(1), other.size(1)));
    }
    try (PointerScope scope = new PointerScope()) {
      Tensor here = DecoderRelations.unit(decoder);
      Tensor there = DecoderRelations.unit(other);
      List<Ranked> nearest = DecoderRelations.largest(here, there, 1, done -> {});
      int[] partners = new int[nearest.size()];
      for (int latent = 0; latent < partners.length; latent++) {
        partners[latent] = nearest.get(latent).rows()[0];
      }
      List<Ranked> back = DecoderRelations.largest(there, here, 1, done -> {});
      Tensor random = DecoderRelations.unit(random(there.size(0), there.size(1), seed));
      Tensor some = here.narrow(0, 0, Math.min(CHANCE_LATENTS, here.size(0)));
      List<Ranked> chance = DecoderRelations.largest(some, random, 1, done -> {});
      return new DictionaryPartners(partners, values(nearest), values(back), values(chance));
    }
  }

  private static float[] values(List<Ranked> ranked) {
    float[] values = new float[ranked.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = ranked.get(i).values()[0];
    }
    return values;
  }

  private static Tensor random(long rows, long width, long seed) {
    RandomStream stream = RandomStream.of(seed).stream("random directions");
    float[] values = new float[Math.toIntExact(rows * width)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) stream.nextGaussian();
    }
    return TensorMemory.floats(values, rows, width);
  }

  /** The share of cosines that make partners. */
  public static double share(float[] cosines) {
    int partners = 0;
    for (float cosine : cosines) {
      partners += cosine > PARTNER ? 1 : 0;
    }
    return (double) partners / cosines.length;
  }
}
