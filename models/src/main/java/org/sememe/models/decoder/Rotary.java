package org.sememe.models.decoder;

import java.util.Optional;

/**
 * Rotary positions: pair i of a head is turned by {@code position * frequencies[i]} radians.
 *
 * @param base what the frequencies were made of, for display; 0 if nothing is turned
 * @param frequencies one a pair of a head's dimensions, in fp32 as the original libraries compute
 *     them; 0 leaves the pair as it is
 * @param magnitude factor of what is turned
 * @param beyond other turns for runs that reach further than a number of positions
 */
@SuppressWarnings("ArrayRecordComponent") // private to the package, compared only with itself
record Rotary(double base, float[] frequencies, double magnitude, Optional<Beyond> beyond) {
  /**
   * Turns for long runs.
   *
   * @param positions the most that the usual turns are for
   */
  record Beyond(int positions, Rotary rotary) {}

  Rotary {
    if (!(base >= 0) || Double.isInfinite(base)) {
      throw new IllegalArgumentException("rotary base is " + base + ", need more than 0");
    }
  }

  private Rotary(double base, float[] frequencies) {
    this(base, frequencies, 1, Optional.empty());
  }

  /** Nothing is turned. */
  static Rotary none(int headWidth) {
    return new Rotary(0, new float[headWidth / 2]);
  }

  /**
   * {@code base^(-2i/turned)} for the first {@code turned} dimensions of a head, none for the rest.
   */
  static Rotary of(double base, int headWidth, int turned) {
    if (base <= 0) {
      throw new IllegalArgumentException("rotary base is " + base + ", need more than 0");
    }
    if (turned < 0 || turned > headWidth || turned % 2 != 0) {
      throw new IllegalArgumentException(
          "cannot turn " + turned + " of a head's " + headWidth + " dimensions");
    }
    float[] frequencies = new float[headWidth / 2];
    for (int i = 0; i < turned / 2; i++) {
      frequencies[i] = 1f / (float) Math.pow(base, (float) (2 * i) / turned);
    }
    return new Rotary(base, frequencies);
  }

  /** How many of a head's dimensions, from the first, are turned. */
  int turned() {
    int pairs = frequencies.length;
    while (pairs > 0 && frequencies[pairs - 1] == 0) {
      pairs--;
    }
    return 2 * pairs;
  }

  /** All frequencies divided by {@code factor}: linear scaling. */
  Rotary slowed(double factor) {
    float[] slower = frequencies.clone();
    for (int i = 0; i < slower.length; i++) {
      slower[i] = (float) (slower[i] / factor);
    }
    return new Rotary(base, slower);
  }

  /** Each frequency divided by its own factor. */
  Rotary slowed(float[] factors) {
    if (factors.length > frequencies.length) {
      throw new IllegalArgumentException(
          factors.length + " rotary factors for " + frequencies.length + " pairs");
    }
    float[] slower = frequencies.clone();
    for (int i = 0; i < factors.length; i++) {
      slower[i] /= factors[i];
    }
    return new Rotary(base, slower);
  }

  /**
   * Llama 3's scaling: wavelengths above {@code original / low} are stretched by {@code factor},
   * those below {@code original / high} kept, those between mixed linearly in {@code original /
   * wavelength}.
   */
  Rotary llama3(double factor, double low, double high, double original) {
    float[] scaled = frequencies.clone();
    for (int i = 0; i < scaled.length; i++) {
      double wavelength = 2 * Math.PI / scaled[i];
      double keep = Math.clamp((original / wavelength - low) / (high - low), 0.0, 1.0);
      scaled[i] = (float) ((1 - keep) * scaled[i] / factor + keep * scaled[i]);
    }
    return new Rotary(base, scaled);
  }

  /**
   * Long rotary positions: each frequency divided by its own factor, others for runs of up to
   * {@code original} positions and for longer ones; what is turned is multiplied by {@code
   * magnitude}.
   */
  Rotary longer(float[] shortFactors, float[] longFactors, int original, double magnitude) {
    Rotary beyond = new Rotary(base, slowed(longFactors).frequencies, magnitude, Optional.empty());
    return new Rotary(
        base,
        slowed(shortFactors).frequencies,
        magnitude,
        Optional.of(new Beyond(original, beyond)));
  }
}
