package org.sememe.models;

import org.bytedeco.pytorch.Tensor;

/** A causal language model: it tells the next token, and can go on where an earlier run ended. */
public interface LanguageModel extends Network {
  /**
   * As {@link #run(TokenBatch, HookPlan)}, where the batch goes on after the tokens in {@code
   * cache}; the cache then holds them too. All layers are run. No gradients.
   */
  Forward run(TokenBatch batch, HookPlan plan, KeyValueCache cache);

  /** An empty cache for {@code sequences} sequences of up to {@code capacity} positions each. */
  KeyValueCache newCache(int sequences, int capacity);

  /** The matrix that makes logits of the normed residual, {@code [vocabulary, d]}; a view. */
  Tensor unembedding();

  /** The weight of the last norm, {@code [d]}; owned by the model. */
  Tensor finalNormWeight();

  /**
   * What directions of the last residual are to the head, but for the norm's scale: centred if the
   * last norm centres, times its weight. Rows times {@link #unembedding} are their direct effects
   * on logits.
   *
   * @param directions fp32 {@code [n, d]}
   * @return {@code [n, d]}, a new tensor in the current scope
   */
  Tensor throughFinalNorm(Tensor directions);
}
