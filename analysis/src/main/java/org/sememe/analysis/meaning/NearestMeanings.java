package org.sememe.analysis.meaning;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.sememe.tensors.TensorMemory;

/**
 * The features whose meanings are nearest to a text's.
 *
 * @param latents that have a vector, and so were looked at
 * @param mean cosine of all of these with the text: what a feature has that has nothing to do with
 *     it
 * @param nearest the highest cosines, falling
 */
public record NearestMeanings(int latents, double mean, List<Match> nearest) {
  /** Latents whose vectors are multiplied at once; the file stays where it is. */
  private static final int AT_ONCE = 1 << 16;

  /**
   * A feature.
   *
   * @param cosine of its vector and the text's, -1 to 1
   */
  public record Match(int latent, double cosine) {}

  /**
   * Looks at all vectors of a file.
   *
   * @param vector of the text, of the file's width and any length
   * @param most to be found
   */
  static NearestMeanings of(MeaningFile file, float[] vector, int most) {
    Comparator<Match> worstFirst =
        Comparator.comparingDouble(Match::cosine)
            .thenComparing(Comparator.comparingInt(Match::latent).reversed());
    PriorityQueue<Match> best = new PriorityQueue<>(worstFirst);
    long rowBytes = (long) file.width() * Float.BYTES;
    int seen = 0;
    double sum = 0;
    for (int first = 0; first < file.latents(); first += AT_ONCE) {
      int count = Math.min(AT_ONCE, file.latents() - first);
      float[] cosines =
          products(
              file.vectors().asSlice(first * rowBytes, count * rowBytes),
              MeaningVectors.unit(vector),
              count);
      for (int i = 0; i < count; i++) {
        if (file.hash(first + i) == 0) {
          continue;
        }
        seen++;
        sum += cosines[i];
        if (best.size() < most || cosines[i] > best.element().cosine()) {
          best.add(new Match(first + i, cosines[i]));
          if (best.size() > most) {
            best.remove();
          }
        }
      }
    }
    List<Match> nearest = new ArrayList<>(best);
    nearest.sort(worstFirst.reversed());
    return new NearestMeanings(seen, seen == 0 ? 0 : sum / seen, List.copyOf(nearest));
  }

  private static float[] products(MemorySegment rows, float[] vector, int count) {
    try (PointerScope scope = new PointerScope()) {
      Tensor all = TensorMemory.tensor(rows, ScalarType.Float, count, vector.length);
      return TensorMemory.floats(all.mv(TensorMemory.floats(vector, vector.length)));
    }
  }
}
