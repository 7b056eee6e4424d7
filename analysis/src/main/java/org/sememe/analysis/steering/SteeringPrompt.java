package org.sememe.analysis.steering;

import java.util.List;
import java.util.stream.IntStream;
import org.sememe.models.tokenizer.ChatMessage;
import org.sememe.models.tokenizer.Tokenizer;

/**
 * What a model is asked.
 *
 * @param text to go on from, or the user's message
 * @param chat whether it is put into the model's chat template
 */
public record SteeringPrompt(String text, boolean chat) {
  /**
   * Its tokens, with the beginning that the model was trained to read.
   *
   * @throws IllegalArgumentException if the text has no tokens, or a chat is wanted of a model
   *     without a template
   */
  public int[] ids(Tokenizer tokenizer) {
    int[] ids;
    if (chat) {
      if (!tokenizer.hasChatTemplate()) {
        throw new IllegalArgumentException(
            "this model has no chat template: let it write on from the text instead");
      }
      ids =
          tokenizer
              .encode(tokenizer.applyChatTemplate(List.of(new ChatMessage("user", text)), true))
              .ids();
    } else {
      ids = tokenizer.encodePlain(text).ids();
      if (ids.length > 0 && tokenizer.bos().isPresent()) {
        ids =
            IntStream.concat(IntStream.of(tokenizer.bos().getAsInt()), IntStream.of(ids)).toArray();
      }
    }
    if (ids.length == 0) {
      throw new IllegalArgumentException("the prompt has no tokens");
    }
    return ids;
  }
}
