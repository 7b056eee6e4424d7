package org.sememe.analysis.meaning;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Vectors of meanings: of several texts, the mean of their vectors of norm 1, brought to norm 1.
 */
final class MeaningVectors {
  /** Texts that are encoded at once. */
  private static final int AT_ONCE = 32;

  private MeaningVectors() {}

  private record Part(int owner, String text) {}

  /** One vector for each; every one has at least one part. */
  static float[][] of(SentenceEncoder encoder, List<MeaningText> texts) {
    List<Part> parts = new ArrayList<>();
    for (int owner = 0; owner < texts.size(); owner++) {
      for (String text : texts.get(owner).parts()) {
        parts.add(new Part(owner, text));
      }
    }
    // What is encoded together is padded to the longest.
    parts.sort(Comparator.comparingInt(part -> part.text.length()));
    float[][] sums = new float[texts.size()][];
    for (int from = 0; from < parts.size(); from += AT_ONCE) {
      List<Part> some = parts.subList(from, Math.min(parts.size(), from + AT_ONCE));
      float[][] vectors = encoder.embeddings(some.stream().map(Part::text).toList());
      for (int i = 0; i < some.size(); i++) {
        int owner = some.get(i).owner;
        if (sums[owner] == null) {
          sums[owner] = new float[vectors[i].length];
        }
        addUnit(vectors[i], sums[owner]);
      }
    }
    for (int owner = 0; owner < sums.length; owner++) {
      sums[owner] = unit(sums[owner]);
    }
    return sums;
  }

  /** A vector at norm 1. */
  static float[] unit(float[] vector) {
    float[] unit = new float[vector.length];
    addUnit(vector, unit);
    return unit;
  }

  private static void addUnit(float[] vector, float[] sum) {
    double squares = 0;
    for (float value : vector) {
      squares += (double) value * value;
    }
    double norm = Math.max(Math.sqrt(squares), Float.MIN_NORMAL);
    for (int i = 0; i < sum.length; i++) {
      sum[i] += (float) (vector[i] / norm);
    }
  }
}
