package org.sememe.analysis.steering;

import java.util.Locale;

/** Which tokens of a conversation feel a steering. */
public enum Where {
  /** Those of the prompt. They alone decide the reply's first token. */
  PROMPT,
  /** Those of the reply, from its first: the second is the first that may change. */
  REPLY,
  /** All. */
  BOTH;

  /** As it is written. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether the prompt's tokens feel it. */
  public boolean prompt() {
    return this != REPLY;
  }

  /** Whether the reply's tokens feel it. */
  public boolean reply() {
    return this != PROMPT;
  }

  /**
   * The place that is written so.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Where of(String key) {
    for (Where where : values()) {
      if (where.key().equals(key)) {
        return where;
      }
    }
    throw new IllegalArgumentException("where '" + key + "': one of prompt, reply, both");
  }
}
