package org.sememe.analysis.steering;

/** Measures what features do for the next token. The server calls it from one thread at a time. */
public interface LossEffectSource {
  /**
   * Of all features of a text's tokens, each left out alone.
   *
   * @throws IllegalArgumentException if the text cannot be run; the message is shown to the person
   */
  LossEffects lossEffects(String text);
}
