package org.sememe.activations;

/**
 * The token sequences of one split exactly as the model saw them, with the tokens that have no row.
 * Valid until the {@link ActivationStore} closes. Safe for any number of threads.
 */
public interface Contexts {
  /** Number of contexts. */
  int count();

  /** Tokens in a full context. */
  int contextLength();

  /** Tokens in context {@code context}, 1 to {@link #contextLength}. */
  int length(int context);

  /** The tokens of a context, without padding. */
  int[] tokens(int context);

  /** The document ordinal of every token of a context, without padding. */
  long[] documents(int context);
}
