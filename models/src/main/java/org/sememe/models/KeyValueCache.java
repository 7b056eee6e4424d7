package org.sememe.models;

/**
 * The keys and values of the tokens that a causal model has read, so that the next run computes
 * only new tokens. Made by {@link LanguageModel#newCache}, used by one thread at a time, and only
 * with the model that made it. Owns native memory until closed.
 */
public interface KeyValueCache extends AutoCloseable {
  /** Number of positions that are filled, padding included. */
  int length();

  /** Number of positions there is room for. */
  int capacity();

  /** Frees the memory; a second call does nothing. */
  @Override
  void close();
}
