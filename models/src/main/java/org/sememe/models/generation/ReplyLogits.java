package org.sememe.models.generation;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.sememe.models.Forward;
import org.sememe.models.KeyValueCache;
import org.sememe.models.LanguageModel;
import org.sememe.models.TokenBatch;

/** What a model, edited or not, thinks of each token of a given reply. Stateless, thread-safe. */
public final class ReplyLogits {
  private ReplyLogits() {}

  /**
   * The logits from which each token of {@code reply} would be chosen if the reply before it is as
   * given: fp32 {@code [reply, vocabulary]}, new, in the caller's scope. Edits apply where {@link
   * Generator} applies them.
   *
   * @throws IllegalArgumentException if the prompt or the reply is empty, or they do not fit in the
   *     context
   */
  public static Tensor of(
      LanguageModel model, int[] prompt, int[] reply, Intervention intervention) {
    if (prompt.length == 0 || reply.length == 0) {
      throw new IllegalArgumentException("a prompt and a reply need at least one token each");
    }
    int[] read = Arrays.copyOf(reply, reply.length - 1);
    try (KeyValueCache cache = model.newCache(1, prompt.length + read.length);
        Forward first =
            model.run(
                TokenBatch.of(prompt),
                intervention.on(intervention.prompt()).lastLogits().build(),
                cache)) {
      if (read.length == 0) {
        return first.logits().squeeze(0).clone();
      }
      try (Forward rest =
          model.run(
              TokenBatch.continuing(prompt.length, read),
              intervention.on(intervention.reply()).logits().build(),
              cache)) {
        return torch.cat(new TensorVector(first.logits().squeeze(0), rest.logits().squeeze(0)), 0);
      }
    }
  }
}
