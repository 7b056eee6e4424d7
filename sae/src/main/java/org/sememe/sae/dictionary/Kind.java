package org.sememe.sae.dictionary;

/** What a dictionary reads and what it reconstructs. */
public enum Kind {
  /** One site, itself. */
  AUTOENCODER("autoencoder"),
  /** One site from another. */
  TRANSCODER("transcoder"),
  /** Several sites, themselves. */
  CROSSCODER("crosscoder"),
  /** The outputs of several layers, each from the inputs of those before. */
  CROSS_LAYER_TRANSCODER("cross_layer_transcoder"),
  /** A sequence, itself, part of it predicted from what came before. */
  TEMPORAL("temporal_autoencoder");

  private final String key;

  Kind(String key) {
    this.key = key;
  }

  /** The name in files and messages. */
  public String key() {
    return key;
  }
}
