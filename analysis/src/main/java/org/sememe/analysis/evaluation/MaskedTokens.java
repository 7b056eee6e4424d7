package org.sememe.analysis.evaluation;

import java.util.Arrays;
import org.sememe.tensors.RandomStream;

/**
 * Of an encoder: tokens that are hidden from it, as in BERT's training (Devlin et al. 2018, section
 * 3.1): 15 % of the positions that have a row, at least one; of these 80 % become the mask, 10 % a
 * random token, and 10 % stay as they are. Which ones follows from the seed and the context's
 * number.
 *
 * @param mask the token that hides others
 * @param vocabulary random tokens are below
 */
record MaskedTokens(int mask, int vocabulary, long seed) implements Prediction {
  private static final double SHARE = 0.15;
  private static final double MASKED = 0.8;
  private static final double RANDOM = 0.9;

  @Override
  public String what() {
    return "masked tokens";
  }

  @Override
  public boolean asks(SpliceContext context) {
    return !context.rows().isEmpty();
  }

  @Override
  public Question ask(SpliceContext context, int[] tokens) {
    RandomStream random = RandomStream.of(seed).stream("masked tokens").stream(context.index());
    int[] rows = context.rows().stream().toArray();
    int count = (int) Math.max(1, Math.round(SHARE * rows.length));
    int[] positions = new int[count];
    for (int i = 0; i < count; i++) { // the first of a shuffle
      int drawn = i + random.nextInt(rows.length - i);
      positions[i] = rows[drawn];
      rows[drawn] = rows[i];
    }
    Arrays.sort(positions);
    int[] hidden = tokens.clone();
    int[] targets = new int[count];
    for (int i = 0; i < count; i++) {
      targets[i] = tokens[positions[i]];
      double chance = random.nextDouble();
      if (chance < MASKED) {
        hidden[positions[i]] = mask;
      } else if (chance < RANDOM) {
        hidden[positions[i]] = random.nextInt(vocabulary);
      }
    }
    return new Question(hidden, positions, targets);
  }
}
