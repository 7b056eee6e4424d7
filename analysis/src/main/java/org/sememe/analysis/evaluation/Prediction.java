package org.sememe.analysis.evaluation;

import java.util.Optional;
import java.util.OptionalInt;
import org.sememe.models.HookPoint;
import org.sememe.models.LanguageModel;
import org.sememe.models.Network;
import org.sememe.models.encoder.EncoderModel;

/** What a model is asked about the contexts of a splice, and what would be right. */
interface Prediction {
  /** What is predicted, for people and scripts. */
  String what();

  /** Whether a context has something to ask. */
  boolean asks(SpliceContext context);

  /** The question of a context: always the same one for the same context. */
  Question ask(SpliceContext context, int[] tokens);

  /**
   * A run's input and where its logits are scored.
   *
   * @param tokens the input, as long as the context
   * @param positions those that are scored, ascending
   * @param targets the token that is right at each
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Question(int[] tokens, int[] positions, int[] targets) {}

  /** What a model can be asked; empty if it predicts no tokens. */
  static Optional<Prediction> of(Network model, long seed) {
    if (model instanceof LanguageModel) {
      return Optional.of(new NextTokens());
    }
    boolean head =
        model.hookPoints().stream().map(HookPoint::name).anyMatch(HookPoint.LOGITS::equals);
    if (head && model instanceof EncoderModel encoder) {
      OptionalInt mask = encoder.mask();
      if (mask.isPresent()) {
        return Optional.of(new MaskedTokens(mask.getAsInt(), encoder.info().vocabulary(), seed));
      }
    }
    return Optional.empty();
  }
}
