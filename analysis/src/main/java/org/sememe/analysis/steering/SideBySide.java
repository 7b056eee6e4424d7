package org.sememe.analysis.steering;

import java.util.Locale;
import java.util.OptionalInt;
import org.sememe.models.LanguageModel;
import org.sememe.models.generation.Generation;
import org.sememe.models.generation.GenerationOptions;
import org.sememe.models.generation.GrowingText;
import org.sememe.models.generation.Intervention;
import org.sememe.models.generation.Reply;

/** Writes two replies to one prompt in turns, unsteered and steered, and compares them. */
public final class SideBySide {
  private SideBySide() {}

  /** Which of the two replies. */
  public enum Column {
    DEFAULT,
    STEERED;

    /** As it is written. */
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Hears each token as it comes. */
  @FunctionalInterface
  public interface Listener {
    /**
     * A token was written.
     *
     * @param text what it adds to the reply's text; empty for a special token, or in the midst of a
     *     character
     * @return false ends both replies
     */
    boolean token(Column column, int id, String text);
  }

  /**
   * What came of it.
   *
   * @param before the unsteered reply
   * @param after the steered reply
   * @param shift how far the next-token distributions move on the unsteered reply
   * @param difference tokens that one reply has and the other does not
   */
  public record Result(Generation before, Generation after, Shift shift, Difference difference) {}

  /**
   * Writes both with the same options and seed, so that a steering that does nothing gives the same
   * text twice.
   *
   * @throws IllegalArgumentException if the prompt is empty or leaves no room, or the steering does
   *     not fit the dictionary
   */
  public static Result run(
      Steerer steerer,
      int[] prompt,
      GenerationOptions options,
      Steering steering,
      Listener listener) {
    LanguageModel model = steerer.model();
    Intervention intervention = steerer.intervention(steering);
    try (Reply before = new Reply(model, prompt, options, Intervention.none());
        Reply after = new Reply(model, prompt, options, intervention)) {
      GrowingText textBefore = new GrowingText(steerer.tokenizer());
      GrowingText textAfter = new GrowingText(steerer.tokenizer());
      boolean goOn = true;
      boolean more = true;
      while (goOn && more) {
        OptionalInt first = before.next();
        if (first.isPresent()) {
          goOn = listener.token(Column.DEFAULT, first.getAsInt(), textBefore.add(first.getAsInt()));
        }
        OptionalInt second = goOn ? after.next() : OptionalInt.empty();
        if (second.isPresent()) {
          goOn =
              listener.token(Column.STEERED, second.getAsInt(), textAfter.add(second.getAsInt()));
        }
        more = first.isPresent() || second.isPresent();
      }
      Generation plain = before.generation();
      Generation steered = after.generation();
      return new Result(
          plain,
          steered,
          Shift.of(model, prompt, plain.ids(), steerer.intervention(steering)),
          Difference.of(plain.ids(), steered.ids()));
    }
  }
}
