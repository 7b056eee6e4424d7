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
}
