package org.sememe.models.encoder;

import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.sememe.models.Forward;
import org.sememe.models.HookPlan;
import org.sememe.models.TokenBatch;
import org.sememe.models.tokenizer.Tokenizer;
import org.sememe.tensors.TensorMemory;

/**
 * What an encoder puts in a text's masks, each by itself.
 *
 * @param ids the text's tokens, with the marks of its begin and end
 * @param masks for each mask, in order
 */
public record MaskedWords(List<Integer> ids, List<Mask> masks) {
  /**
   * A mask.
   *
   * @param position of it among the tokens
   * @param guesses the most probable tokens, the first one first
   */
  public record Mask(int position, List<Guess> guesses) {}

  /**
   * A token and its probability at the mask.
   *
   * @param probability in [0, 1]
   */
  public record Guess(int id, double probability) {}

  /**
   * Runs a text that has {@code [MASK]} in it.
   *
   * @param most guesses for each mask
   * @throws IllegalArgumentException if the text has no mask or is too long, or the model has no
   *     head of masked words
   */
  public static MaskedWords of(EncoderModel model, String text, int most) {
    Tokenizer tokenizer = model.tokenizer();
    OptionalInt mask = model.mask();
    int[] ids = model.withMarks(tokenizer.encode(text).ids());
    List<Integer> positions =
        IntStream.range(0, ids.length)
            .filter(at -> mask.isPresent() && ids[at] == mask.getAsInt())
            .boxed()
            .toList();
    if (positions.isEmpty()) {
      throw new IllegalArgumentException(
          "an encoder fills masks: write "
              + EncoderModel.MASK
              + " in the text where a word is to be guessed");
    }
    HookPlan plan = HookPlan.builder().logits().build();
    try (PointerScope scope = new PointerScope();
        Forward forward = model.run(TokenBatch.of(List.of(ids)), plan)) {
      Tensor probabilities = forward.logits().select(0, 0).softmax(-1);
      return new MaskedWords(
          IntStream.of(ids).boxed().toList(),
          positions.stream().map(at -> mask(probabilities, at, most)).toList());
    }
  }

  private static Mask mask(Tensor probabilities, int position, int most) {
    float[] row = TensorMemory.floats(probabilities.select(0, position).contiguous());
    List<Guess> guesses =
        IntStream.range(0, row.length)
            .mapToObj(id -> new Guess(id, row[id]))
            .sorted((a, b) -> Double.compare(b.probability(), a.probability()))
            .limit(most)
            .toList();
    return new Mask(position, guesses);
  }
}
