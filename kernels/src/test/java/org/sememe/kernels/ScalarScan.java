package org.sememe.kernels;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The plain twin of {@link TopKScan} and {@link ThresholdScan}: sorts all pre-activations of a row.
 *
 * @param k the most latents that may be active
 * @param thresholds {@code [latents]}: an active latent is above its own, and above 0
 */
@SuppressWarnings("ArrayRecordComponent")
record ScalarScan(int k, float[] thresholds) {
  static ScalarScan topK(int k, int latents) {
    return new ScalarScan(k, new float[latents]);
  }

  static ScalarScan threshold(float[] thresholds) {
    return new ScalarScan(thresholds.length, thresholds);
  }

  /** The active latents of a row, strongest first, of equal ones the lowest first. */
  List<Integer> active(float[] preActivations) {
    return IntStream.range(0, preActivations.length)
        .filter(f -> preActivations[f] > 0 && preActivations[f] > thresholds[f])
        .boxed()
        .sorted(
            Comparator.comparingDouble((Integer f) -> -preActivations[f])
                .thenComparing(Comparator.naturalOrder()))
        .limit(k)
        .toList();
  }

  /** The latents at each of a row's places: the active ones, then the lowest of the others. */
  int[] latents(float[] preActivations, int places) {
    List<Integer> latents = new ArrayList<>(active(preActivations));
    for (int f = 0; latents.size() < places; f++) {
      if (!latents.contains(f)) {
        latents.add(f);
      }
    }
    return latents.stream().mapToInt(Integer::intValue).toArray();
  }

  /** The activations at each of a row's places. */
  float[] activations(float[] preActivations, int places) {
    float[] values = new float[places];
    List<Integer> active = active(preActivations);
    for (int i = 0; i < active.size(); i++) {
      values[i] = preActivations[active.get(i)];
    }
    return values;
  }
}
