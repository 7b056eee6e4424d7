package org.sememe.models.decoder;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.sememe.models.decoder.DecoderConfig.Sight;
import org.sememe.tensors.FormatException;

/**
 * What each layer's attention sees, from a GGUF file's keys. What files leave out is what llama.cpp
 * takes: {@code load_arch_hparams} of {@code src/models/gemma2.cpp}, {@code gemma3.cpp}, {@code
 * phi3.cpp} and {@code smollm3.cpp}. Phi-3's window is in the file, and applied as transformers
 * does; llama.cpp reads it and switches it off.
 */
final class GgufSights {
  /** Factors by which a file slows each pair's turning, where it has them. */
  private static final String FACTORS = "rope_freqs.weight";

  private static final String SHORT_FACTORS = "rope_factors_short.weight";
  private static final String LONG_FACTORS = "rope_factors_long.weight";
  private static final String WINDOW = "attention.sliding_window";
  private static final String PATTERN = "attention.sliding_window_pattern";
  private static final double USUAL_BASE = 10_000;
  private static final int SMOLLM3_STEP = 4;

  private final GgufKeys keys;
  private final int layers;
  private final int headWidth;

  GgufSights(GgufKeys keys, int layers, int headWidth) {
    this.keys = keys;
    this.layers = layers;
    this.headWidth = headWidth;
  }

  /** The kind of each layer, in order. */
  List<Sight> each() throws IOException {
    return switch (keys.architecture()) {
      case "gpt2" -> same(new Sight(Rotary.none(headWidth), OptionalInt.empty()));
      case "phi3" -> same(new Sight(rotary(), window(0)));
      case "smollm3" -> someTurn(new Sight(rotary(), OptionalInt.empty()));
      case "gemma2" -> someSlide(2, window(4096), rotary());
      case "gemma3" -> someSlide(6, window(0), localRotary());
      default -> same(new Sight(rotary(), OptionalInt.empty()));
    };
  }

  private List<Sight> same(Sight sight) {
    return Collections.nCopies(layers, sight);
  }

  /** SmolLM3 leaves out the rotary positions of every fourth layer; no key says so. */
  private List<Sight> someTurn(Sight turning) {
    Sight still = new Sight(Rotary.none(headWidth), OptionalInt.empty());
    List<Sight> each = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      each.add((layer + 1) % SMOLLM3_STEP != 0 ? turning : still);
    }
    return each;
  }

  /** All layers see a window but each {@code period}-th. */
  private List<Sight> someSlide(int period, OptionalInt window, Rotary local) throws IOException {
    Sight everything = new Sight(rotary(), OptionalInt.empty());
    if (window.isEmpty()) {
      return same(everything);
    }
    if (keys.has(PATTERN) && keys.find(PATTERN).isEmpty()) {
      throw new FormatException(
          keys.file().path(), 0, keys.full(PATTERN) + " is not a number: a list is not read");
    }
    int step = keys.whole(PATTERN, period);
    if (step < 1) {
      throw new FormatException(keys.file().path(), 0, keys.full(PATTERN) + " is " + step);
    }
    Sight sliding = new Sight(local, window);
    List<Sight> each = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      each.add((layer + 1) % step != 0 ? sliding : everything);
    }
    return each;
  }

  /** The window; none where the number is 0. */
  private OptionalInt window(int usual) {
    int window = keys.whole(WINDOW, usual);
    return window == 0 ? OptionalInt.empty() : OptionalInt.of(window);
  }

  /** Gemma 3's layers with a window turn by a base of their own, and are never scaled. */
  private Rotary localRotary() {
    return plain("rope.freq_base_swa");
  }

  private Rotary plain(String base) {
    return Rotary.of(
        keys.number(base).orElse(USUAL_BASE),
        headWidth,
        keys.whole("rope.dimension_count", headWidth));
  }

  private Rotary rotary() throws IOException {
    Rotary plain = plain("rope.freq_base");
    if (keys.hasTensor(FACTORS)) {
      return plain.slowed(keys.factors(FACTORS));
    }
    Optional<Rotary> longer = longer(plain);
    if (longer.isPresent()) {
      return longer.get();
    }
    String scaling = keys.text("rope.scaling.type", "none");
    return switch (scaling) {
      case "none" -> plain;
      case "linear" -> plain.slowed(positive("rope.scaling.factor", 1));
      default ->
          throw new FormatException(
              keys.file().path(), 0, "rotary scaling '" + scaling + "' is not known");
    };
  }

  /** Phi 3's long rotary positions, where the file has their factors. */
  private Optional<Rotary> longer(Rotary plain) throws IOException {
    if (!keys.hasTensor(SHORT_FACTORS) || !keys.hasTensor(LONG_FACTORS)) {
      return Optional.empty();
    }
    return Optional.of(
        plain.longer(
            keys.factors(SHORT_FACTORS),
            keys.factors(LONG_FACTORS),
            keys.whole("rope.scaling.original_context_length"),
            positive("rope.scaling.attn_factor", 1)));
  }

  private double positive(String key, double otherwise) throws IOException {
    double value = keys.number(key).orElse(otherwise);
    if (!(value > 0)) {
      throw new FormatException(keys.file().path(), 0, keys.full(key) + " is " + value);
    }
    return value;
  }
}
