package org.sememe.benchmarks.kernels;

/** The dictionaries that kernels are measured on. */
public enum Shape {
  /** Every loop at its real width, with few latents: for what does not depend on their number. */
  SMALL(576, 128, 32),
  /** A small language model's width. */
  D576(576, 9_216, 32),
  /** BERT's and GPT-2's width, a dictionary of 32 times as many latents. */
  D768(768, 24_576, 32),
  /** Gemma 2 2B's width. */
  D2304(2_304, 16_384, 64);

  private final int width;
  private final int latents;
  private final int active;

  Shape(int width, int latents, int active) {
    this.width = width;
    this.latents = latents;
    this.active = active;
  }

  /** d. */
  int width() {
    return width;
  }

  /** F. */
  int latents() {
    return latents;
  }

  /** k. */
  int active() {
    return active;
  }
}
