package org.sememe.training.recipes;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Where a recipe's setting comes from, and so how far it can be relied on. */
public enum Origin {
  /** Read in the paper's own text. */
  PUBLISHED,
  /** Read in the code or the documentation of a public library. */
  LIBRARY,
  /**
   * Ours: the paper says nothing, or something that we could not check, or that needs long runs.
   */
  OURS;

  /** As files and the command write it. */
  @JsonValue
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
