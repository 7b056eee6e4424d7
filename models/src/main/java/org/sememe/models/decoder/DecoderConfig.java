package org.sememe.models.decoder;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.sememe.models.blocks.Activation;
import org.sememe.models.blocks.Norm;

/**
 * The options of a decoder. A family of models is such options and a {@link WeightNames}; the block
 * is the same.
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
    Norms norms,
    Attention attention,
    Mlp mlp,
    Ends ends) {
  /**
   * The norms.
   *
   * @param eps added to the mean square
   */
  record Norms(Norm.Kind kind, double eps) {
    Norms {
      if (!(eps >= 0 && eps < 1)) {
        throw new IllegalArgumentException("norm epsilon " + eps + " is not in [0, 1)");
      }
    }
  }

  /**
   * What a layer's attention sees.
   *
   * @param rotary how queries and keys are turned
   * @param window how many positions a token attends to, itself included; empty: all before it
   */
  record Sight(Rotary rotary, OptionalInt window) {
    Sight {
      if (window.isPresent() && window.getAsInt() < 1) {
        throw new IllegalArgumentException("window is " + window.getAsInt() + ", need at least 1");
      }
    }
  }

  /**
   * The attention.
   *
   * @param sights the kinds that the model's layers have
   * @param sightOf each layer's kind, an index of {@code sights}
   * @param scale factor of the dot products
   * @param softCap c: scores become {@code c * tanh(score / c)}
   */
  record Attention(
      List<Sight> sights, List<Integer> sightOf, double scale, OptionalDouble softCap) {
    Attention {
      sights = List.copyOf(sights);
      sightOf = List.copyOf(sightOf);
      cap("attention", softCap);
    }

    /** The same in all layers, scaled by {@code 1 / sqrt(headWidth)}. */
    static Attention plain(Sight sight, int layers, int headWidth) {
      return new Attention(
          List.of(sight),
          Collections.nCopies(layers, 0),
          1 / Math.sqrt(headWidth),
          OptionalDouble.empty());
    }

    /** A layer's kind. */
    Sight sight(int layer) {
      return sights.get(sightOf.get(layer));
    }

    /** Dimensions of a head that are turned, the same in all layers that turn. */
    int turned() {
      return sights.stream().mapToInt(sight -> sight.rotary().turned()).max().orElse(0);
    }

    /** The base of the rotary frequencies; 0 if nothing is turned. */
    double rotaryBase() {
      return sights.stream()
          .map(Sight::rotary)
          .filter(rotary -> rotary.turned() > 0)
          .mapToDouble(Rotary::base)
          .findFirst()
          .orElse(0);
    }
  }

  /**
   * The MLP.
   *
   * @param gated whether the activation's result is multiplied by a second product
   * @param parallel whether it reads the block's input, beside attention, rather than the residual
   *     after attention
   */
  record Mlp(Activation activation, boolean gated, boolean parallel) {}

  /**
   * What comes before the first block and after the last.
   *
   * @param embeddingScale factor of the token embeddings
   * @param tied whether the token embeddings are the head too; empty: if the file has no head
   * @param logitCap c: logits become {@code c * tanh(logit / c)}
   */
  record Ends(double embeddingScale, Optional<Boolean> tied, OptionalDouble logitCap) {
    Ends {
      cap("logit", logitCap);
    }

    /** Token embeddings as they are, and logits as they come. */
    static Ends plain(Optional<Boolean> tied) {
      return new Ends(1, tied, OptionalDouble.empty());
    }
  }

  /** Far more than any model has: what a damaged file says must not fill the memory. */
  private static final int MOST_LAYERS = 10_000;

  private static final int WIDEST_HEAD = 1 << 16;

  /**
   * A file's sizes, before anything is made of them.
   *
   * @throws IllegalArgumentException if no model has such
   */
  static void requirePlausible(int layers, int headWidth) {
    positive("layers", layers);
    positive("head width", headWidth);
    if (layers > MOST_LAYERS || headWidth > WIDEST_HEAD) {
      throw new IllegalArgumentException(
          layers + " layers with heads of width " + headWidth + " are too many");
    }
  }

  DecoderConfig {
    positive("layers", layers);
    positive("width", width);
    positive("heads", heads);
    positive("key/value heads", kvHeads);
    positive("head width", headWidth);
    positive("MLP width", mlpWidth);
    positive("vocabulary", vocabulary);
    positive("context length", contextLength);
    if (heads % kvHeads != 0) {
      throw new IllegalArgumentException(
          heads + " query heads do not share " + kvHeads + " key/value heads evenly");
    }
    if (headWidth % 2 != 0) {
      throw new IllegalArgumentException("head width " + headWidth + " is odd: no rotary pairs");
    }
    if (attention.sightOf().size() != layers) {
      throw new IllegalArgumentException(
          attention.sightOf().size() + " kinds of attention listed for " + layers + " layers");
    }
    for (Sight sight : attention.sights()) {
      int pairs = sight.rotary().frequencies().length;
      int turned = sight.rotary().turned();
      if (pairs != headWidth / 2 || (turned != 0 && turned != attention.turned())) {
        throw new IllegalArgumentException(
            pairs + " rotary frequencies, " + turned + " turned, for a head of width " + headWidth);
      }
    }
  }

  /** The two orders of a head's dimensions. */
  HeadOrder headOrder() {
    return new HeadOrder(headWidth, attention.turned());
  }

  private static void cap(String what, OptionalDouble cap) {
    if (cap.isPresent() && !(cap.getAsDouble() > 0)) {
      throw new IllegalArgumentException(what + " soft cap is " + cap.getAsDouble());
    }
  }

  private static void positive(String what, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(what + " is " + value + ", need at least 1");
    }
  }
}
