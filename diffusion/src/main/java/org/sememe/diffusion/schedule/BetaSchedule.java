package org.sememe.diffusion.schedule;

import java.util.Arrays;

/** The variances that a forward process adds in its steps. */
public enum BetaSchedule {
  /** Even from start to end (Ho et al. 2020). */
  LINEAR("linear"),
  /** The square of what is even between the roots (latent diffusion, Rombach et al. 2022). */
  SCALED_LINEAR("scaled_linear"),
  /** By a squared cosine of the kept signal, at most 0.999 (Nichol and Dhariwal 2021). */
  COSINE("squaredcos_cap_v2"),
  /** A logistic curve from start to end (GeoDiff). */
  SIGMOID("sigmoid");

  private static final double COSINE_OFFSET = 0.008;
  private static final double COSINE_CAP = 0.999;
  private static final float SIGMOID_REACH = 6;

  private final String key;

  BetaSchedule(String key) {
    this.key = key;
  }

  /**
   * The schedule of that name in a {@code scheduler_config.json}.
   *
   * @throws IllegalArgumentException for one that is not known
   */
  public static BetaSchedule named(String key) {
    return Arrays.stream(values())
        .filter(schedule -> schedule.key.equals(key))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "beta schedule '"
                        + key
                        + "' is not known: use "
                        + Arrays.stream(values()).map(s -> s.key).toList()));
  }

  /**
   * The variances {@code [timesteps]}; start and end do not matter to the cosine. In float32, since
   * networks were trained with tables of that precision.
   */
  public float[] betas(int timesteps, double start, double end) {
    float[] betas = new float[timesteps];
    switch (this) {
      case LINEAR -> {
        return linspace((float) start, (float) end, timesteps);
      }
      case SCALED_LINEAR -> {
        float[] roots = linspace((float) Math.sqrt(start), (float) Math.sqrt(end), timesteps);
        for (int t = 0; t < timesteps; t++) {
          betas[t] = roots[t] * roots[t];
        }
      }
      case SIGMOID -> {
        float[] places = linspace(-SIGMOID_REACH, SIGMOID_REACH, timesteps);
        for (int t = 0; t < timesteps; t++) {
          float share = (float) (1 / (1 + Math.exp(-places[t])));
          betas[t] = share * (float) (end - start) + (float) start;
        }
      }
      case COSINE -> {
        for (int t = 0; t < timesteps; t++) {
          double from = cosineSignal((double) t / timesteps);
          double to = cosineSignal((t + 1.0) / timesteps);
          betas[t] = (float) Math.min(1 - to / from, COSINE_CAP);
        }
      }
    }
    return betas;
  }

  /** Even numbers, each counted from the nearer end, as libtorch does. */
  private static float[] linspace(float from, float to, int n) {
    float[] values = new float[n];
    float step = n == 1 ? 0 : (to - from) / (n - 1);
    for (int i = 0; i < n; i++) {
      values[i] = i < n / 2 ? from + step * i : to - step * (n - 1 - i);
    }
    return values;
  }

  private static double cosineSignal(double time) {
    double root = Math.cos((time + COSINE_OFFSET) / (1 + COSINE_OFFSET) * Math.PI / 2);
    return root * root;
  }
}
