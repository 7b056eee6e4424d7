package org.sememe.models.generation;

/** Hears each new token as soon as it is chosen, on the generating thread. */
@FunctionalInterface
public interface TokenListener {
  /** Lets everything pass. */
  TokenListener SILENT = id -> true;

  /** A token was chosen; false ends the generation after it. */
  boolean token(int id);
}
