package org.sememe.sae;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.sememe.sae.fold.RowNormalisation;

/**
 * What a dictionary is, beside its weights.
 *
 * @param width d, the width of an activation
 * @param latents F
 * @param sparsity which latents are active
 * @param subtractDecoderBias whether {@code b_dec} is subtracted from the input before the encoder
 * @param hook hook point whose activations it was trained on, for example {@code
 *     blocks.9.hook_resid_post}; empty if not known
 * @param model the model's name; empty if not known
 * @param inputScale what inputs were multiplied by in training. The weights of a loaded or saved
 *     dictionary have it folded in: nothing is to be multiplied any more
 * @param rows what is done to each row before encoding and undone after decoding
 * @param metadata anything else that is known, in order; written and read back as it is
 */
public record SaeConfig(
    int width,
    int latents,
    Sparsity sparsity,
    boolean subtractDecoderBias,
    String hook,
    String model,
    double inputScale,
    RowNormalisation rows,
    Map<String, Object> metadata) {
  public SaeConfig {
    if (width < 1 || latents < 1) {
      throw new IllegalArgumentException("a dictionary of " + latents + " latents x " + width);
    }
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
  }

  /** A dictionary of rows as they are. */
  public SaeConfig(
      int width,
      int latents,
      Sparsity sparsity,
      boolean subtractDecoderBias,
      String hook,
      String model,
      double inputScale,
      Map<String, Object> metadata) {
    this(
        width,
        latents,
        sparsity,
        subtractDecoderBias,
        hook,
        model,
        inputScale,
        RowNormalisation.NONE,
        metadata);
  }

  /** This with another scale and another normalisation of rows. */
  SaeConfig normalised(double scale, RowNormalisation normalisation) {
    return new SaeConfig(
        width, latents, sparsity, subtractDecoderBias, hook, model, scale, normalisation, metadata);
  }
}
