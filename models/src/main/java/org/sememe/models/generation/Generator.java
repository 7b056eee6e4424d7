package org.sememe.models.generation;

import java.util.OptionalInt;
import org.sememe.models.LanguageModel;

/** Writes on from a prompt, one token at a time. Stateless and thread-safe. */
public final class Generator {
  private Generator() {}

  /** Generates without edits and without listening. */
  public static Generation generate(LanguageModel model, int[] prompt, GenerationOptions options) {
    return generate(model, prompt, options, Intervention.none(), TokenListener.SILENT);
  }

  /**
   * Generates from {@code prompt}, reading every token once: keys and values are cached.
   *
   * @throws IllegalArgumentException if the prompt is empty or leaves no room in the context
   */
  public static Generation generate(
      LanguageModel model,
      int[] prompt,
      GenerationOptions options,
      Intervention intervention,
      TokenListener listener) {
    try (Reply reply = new Reply(model, prompt, options, intervention)) {
      OptionalInt next = reply.next();
      while (next.isPresent() && listener.token(next.getAsInt())) {
        next = reply.next();
      }
      return reply.generation();
    }
  }
}
