package org.sememe.models.decoder;

import java.util.OptionalInt;

/**
 * The options of a decoder's block: RMS norm, rotary positions, grouped-query attention, SiLU-gated
 * MLP. A family of models is such options and a {@link WeightNames}; the block is the same.
 *
 * @param family the architecture's name, for display
 * @param layers number of blocks, at least 1
 * @param width d
 * @param heads query heads
 * @param kvHeads key and value heads; divides {@code heads}
 * @param headWidth width of a head, even
 * @param mlpWidth neurons of the MLP
 * @param vocabulary number of token ids
 * @param contextLength the most positions
 * @param normEps added to the mean square inside the norms
 * @param rotary how queries and keys are turned
 * @param window how many positions a token attends to, itself included; empty: all before it
 */
record DecoderConfig(
    String family,
    int layers,
    int width,
    int heads,
    int kvHeads,
    int headWidth,
    int mlpWidth,
    int vocabulary,
    int contextLength,
    double normEps,
    Rotary rotary,
    OptionalInt window) {
  DecoderConfig {
    positive("layers", layers);
    positive("width", width);
    positive("heads", heads);
    positive("key/value heads", kvHeads);
    positive("head width", headWidth);
    positive("MLP width", mlpWidth);
    positive("vocabulary", vocabulary);
    positive("context length", contextLength);
    window.ifPresent(w -> positive("window", w));
    if (heads % kvHeads != 0) {
      throw new IllegalArgumentException(
          heads + " query heads do not share " + kvHeads + " key/value heads evenly");
    }
    if (headWidth % 2 != 0) {
      throw new IllegalArgumentException("head width " + headWidth + " is odd: no rotary pairs");
    }
    if (rotary.frequencies().length != headWidth / 2) {
      throw new IllegalArgumentException(
          rotary.frequencies().length + " rotary frequencies for a head of width " + headWidth);
    }
    if (!(normEps >= 0 && normEps < 1)) {
      throw new IllegalArgumentException("norm epsilon " + normEps + " is not in [0, 1)");
    }
  }

  private static void positive(String what, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(what + " is " + value + ", need at least 1");
    }
  }
}
