package org.sememe.activations;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** The two parts of a store. A document belongs to exactly one, by its hash and the seed. */
public enum Split {
  /** What a dictionary is trained on. */
  TRAIN("train"),
  /** What no training ever sees. */
  HELD_OUT("held_out");

  private final String key;

  Split(String key) {
    this.key = key;
  }

  /** The name in manifests and file names. */
  @JsonValue
  public String key() {
    return key;
  }

  /**
   * The split called {@code key}.
   *
   * @throws IllegalArgumentException for any other name
   */
  @JsonCreator
  public static Split of(String key) {
    for (Split split : values()) {
      if (split.key.equals(key)) {
        return split;
      }
    }
    throw new IllegalArgumentException("no split \"" + key + "\": use train or held_out");
  }
}
