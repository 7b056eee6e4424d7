package org.sememe.analysis.steering;

import java.util.List;
import java.util.OptionalDouble;

/**
 * Shows steerings, for the studio. The server calls it from one thread at a time; the requests it
 * gets are checked.
 */
public interface SteeringSource {
  /**
   * What one steer amounts to.
   *
   * @param raw its strength as an activation, or the factor
   * @param timesMax the same as a multiple of the feature's maximum, if that is known
   * @param timesMean the same as a multiple of its mean, if that is known
   */
  record Turned(
      int latent, String mode, double raw, OptionalDouble timesMax, OptionalDouble timesMean) {}

  /**
   * What is about to be written.
   *
   * @param promptTokens tokens of the prompt
   */
  record Started(int promptTokens, List<Turned> steers) {}

  /**
   * A reply that was written.
   *
   * @param tokens of it
   * @param end why it ended: {@code stop_id}, {@code length}, {@code context} or {@code listener}
   */
  record Written(int tokens, String end) {}

  /**
   * What came of it.
   *
   * @param byDefault the unsteered reply
   * @param shift how far the next-token distributions move on the unsteered reply
   * @param difference places of tokens that one reply has and the other does not
   */
  record Outcome(Written byDefault, Written steered, Shift shift, Difference difference) {}

  /** Hears what happens, in this order: start, tokens of both columns in turns, outcome. */
  interface Listener extends SideBySide.Listener {
    /** Everything is in order, and the model is about to run. */
    void started(Started started);

    /** Both replies have ended. */
    void finished(Outcome outcome);
  }

  /**
   * Writes both replies.
   *
   * @throws IllegalArgumentException before the start, if the request is not possible; the message
   *     is shown to the person
   */
  void steer(SteeringRequest request, Listener listener);

  /**
   * A steering with everything that a file of it needs: model, dictionary, hook point and scales.
   *
   * @throws IllegalArgumentException if the steering is not possible
   */
  Steering complete(Steering steering);
}
