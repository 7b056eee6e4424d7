package org.sememe.analysis.steering;

/**
 * A steer made ready: its strength in activations, and the direction it moves.
 *
 * @param value strength in activations, or the factor
 * @param direction {@code d}, of any norm, {@code [width]}; a decoder row
 * @param norm of the direction
 */
@SuppressWarnings("ArrayRecordComponent") // read in the innermost loop, never compared
record Knob(int latent, Steer.Mode mode, double value, float[] direction, double norm) {
  static Knob of(Steer steer, double value, float[] direction) {
    double squares = 0;
    for (float one : direction) {
      squares += (double) one * one;
    }
    return new Knob(steer.latent(), steer.mode(), value, direction, Math.sqrt(squares));
  }

  /** Whether it needs the feature's activation. */
  boolean readsCode() {
    return switch (mode) {
      case CLAMP, SCALE, ABLATE -> true;
      case ADD, CAP, ORTHOGONAL -> false;
    };
  }

  /** Whether it changes the code, and so is added; the others act on what that gives. */
  boolean changesCode() {
    return mode != Steer.Mode.CAP && mode != Steer.Mode.ORTHOGONAL;
  }

  /** By how much the feature's activation {@code f} changes. */
  double change(double f) {
    return switch (mode) {
      case CLAMP -> value - f;
      case ADD -> value;
      case SCALE -> (value - 1) * f;
      case ABLATE -> -f;
      case CAP, ORTHOGONAL -> 0;
    };
  }

  /**
   * Adds {@code amount} times the direction to {@code x}; an amount of 0 leaves every bit as it is.
   */
  void add(double amount, float[] x) {
    if (amount == 0) {
      return;
    }
    for (int i = 0; i < x.length; i++) {
      x[i] += (float) (amount * direction[i]);
    }
  }

  /**
   * Limits or scales the component of {@code x} along the direction.
   *
   * @param outward what the dictionary's activations are multiplied by in this row
   */
  void project(double outward, float[] x) {
    if (norm == 0) {
      return;
    }
    double along = 0; // x·d / |d|², so that x holds along * d
    for (int i = 0; i < x.length; i++) {
      along += (double) x[i] * direction[i];
    }
    along /= norm * norm;
    if (mode == Steer.Mode.CAP) {
      add(Math.min(0, value * outward - along), x);
    } else {
      add((value - 1) * along, x);
    }
  }
}
