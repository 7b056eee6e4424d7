package org.sememe.app.terminal;

/** What progress is counted in. */
public enum Unit {
  TOKENS("tokens", 1),
  STEPS("steps", 1),
  ROWS("rows", 1),
  CONTEXTS("contexts", 1),
  ROUNDS("rounds", 1),
  ITEMS("rows and latents", 1),
  REPLIES("replies", 1),
  PICTURES("pictures", 1),
  FEATURES("features", 1),
  MEGABYTES("MB", 1_000_000);

  private final String label;
  private final long size;

  Unit(String label, long size) {
    this.label = label;
    this.size = size;
  }

  /** As it is written behind a number. */
  String label() {
    return label;
  }

  /** How many of what is counted make one. */
  long size() {
    return size;
  }
}
